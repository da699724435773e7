"""Hostile text in every stored field: no answer gains an element, an attribute or a header.

What it does in a table and in a download's name is shown with those.
"""

import html

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import TestCase
from django.urls import reverse

from studio.kit.clock import now
from studio.notifying.mail import send_due
from studio.notifying.models import Notification
from tests.bench.markup import parse
from tests.cast import Cast
from tests.chores import do_chores
from tests.integration.access.table import Row
from tests.integration.access.test_access import ROWS, undone
from tests.poison import FIXED, FREE, LONG, MARK, MARKUP, one_of_everything, poison, text_fields

pytestmark = pytest.mark.any_database


def test_every_field_that_holds_words_is_poisoned_or_known_to_be_fixed() -> None:
    decided = {
        (model, field) for table in (FREE, FIXED) for model, fields in table.items() for field in fields
    }
    assert set(text_fields()) == decided


@pytest.fixture
def full(cast: Cast) -> Cast:
    one_of_everything(cast)
    return cast


def test_nothing_stored_becomes_markup(full: Cast) -> None:
    showed = [row for row in ROWS if html.escape(MARKUP[:30]) in _look(row, MARKUP, full)]
    assert len(showed) > 40, "hardly any answer showed what was stored"


def test_ten_thousand_characters_stay_words(full: Cast) -> None:
    for row in ROWS:
        if row.method == "GET":
            _look(row, LONG, full)


def test_no_mail_gains_a_header(full: Cast) -> None:
    sent = [message for row in ROWS if row.method == "POST" for message in _mailed(row, full)]
    assert len({message.subject for message in sent}) >= 8, "hardly anything was mailed"
    for message in sent:
        whole = message.message()
        assert sorted(set(whole.keys())) == sorted(whole.keys()), message.subject
        assert not [name for name in whole if MARK in name], message.subject
        assert whole.get_content_type() == "text/plain", message.subject


def _mailed(row: Row, cast: Cast) -> list[EmailMessage]:
    """Send a row's request where every field holds hostile text; return what it mails in the end."""
    with undone():
        kwargs, data = dict(row.kwargs(cast)), dict(row.data(cast))
        poison(MARKUP)
        client = cast.client(None if "token" in kwargs else cast.admin)
        with TestCase.captureOnCommitCallbacks(execute=True):
            client.post(reverse(row.route, kwargs=kwargs), data, headers=dict(row.headers))
        sent = list(do_chores(only="mail"))
        mail.outbox.clear()
        Notification.objects.filter(mail_at__isnull=False).update(mail_at=now())
        send_due()
        return sent + mail.outbox


def _look(row: Row, text: str, cast: Cast) -> str:
    """Send a row's request where every field holds this text; return the words of the answer."""
    with undone():
        kwargs, data = dict(row.kwargs(cast)), dict(row.data(cast))
        poison(text)
        # Guests of a link have no account.
        client = cast.client(None if "token" in kwargs else cast.admin)
        address = reverse(row.route, kwargs=kwargs)
        answer = getattr(client, row.method.lower())(address, data, headers=dict(row.headers))
        assert answer.status_code < 500 or row.route == "readyz", row
        assert not [name for name in answer.headers if MARK in name], row
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        # Pictures, archives, tables and event streams have tests of their own.
        body = answer.content.decode() if kind == "text/html" else ""
    taken = [each for each in parse(body).walk() if each.tag == MARK or MARK in each.attrs]
    assert not taken, f"{row}: {taken[0].tag} {taken[0].attrs}"
    return body
