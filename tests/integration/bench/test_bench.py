"""The bench itself: each strictness bites."""

import socket

import pytest
from django.template import Context, Template, engines
from django.template.base import Origin
from pytest_socket import SocketConnectBlockedError

from project.settings import BASE_DIR
from studio.people.models import User
from tests.factories import UserFactory


def _template(text: str, name: str) -> Template:
    return Template(text, origin=Origin(name), engine=engines["django"].engine)


def test_undefined_variable_in_our_template_fails() -> None:
    template = _template("{{ nothing }}", str(BASE_DIR / "templates/x.html"))
    with pytest.raises(AssertionError, match="undefined template variable nothing"):
        template.render(Context())


def test_undefined_variable_in_somebody_elses_template_is_empty() -> None:
    assert _template("{{ nothing }}", "/lib/allauth/x.html").render(Context()) == ""


@pytest.mark.django_db
def test_unordered_queries_are_shuffled_and_ordered_ones_are_not() -> None:
    ids = [person.pk for person in UserFactory.create_batch(12)]
    assert [user.pk for user in User.objects.order_by("pk")] == ids
    unordered = [user.pk for user in User.objects.order_by()]
    assert sorted(unordered) == ids
    assert unordered != ids


def test_only_this_machine_can_be_reached() -> None:
    # The refusal is announced by a warning, which is an error here.
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
