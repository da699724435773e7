"""Fields that a form doesn't list, sent with it: of all that a table can hold, only what the form asks for changes."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import BooleanField, DateField, Field, ForeignKey, IntegerField, JSONField
from django.urls import reverse

from studio.people.models import User
from tests.cast import Cast
from tests.factories import UserFactory
from tests.integration.access.table import ROLES, Row
from tests.integration.access.test_access import ROWS, undone
from tests.tables import LATER, Tables, table_rows

pytestmark = pytest.mark.any_database

# Optional fields of forms that happen to be called as a column.
LISTED = {
    "account:profile": {"time_zone"},
    "administration:alerts_choose": {"person"},
    "administration:catalogue_publish": {"is_enabled"},
    "administration:decline": {"answer"},
    "projects:create": {"description", "visibility"},
    "projects:settings": {"description", "visibility"},
    "sharing:make": {"password", "gives_originals", "shows_prompts"},
}
DONE = (200, 302, 303)
SENT = [row for row in ROWS if row.method == "POST" and set(DONE) & set(row.expected.values())]


def _roles_of(row: Row) -> Iterator[str]:
    """Yield who may do the least and who may do the most, of those who may send this form at all."""
    able = [role for role in ROLES if row.expected[role] in DONE]
    yield from dict.fromkeys((able[0], able[-1]))


@pytest.mark.parametrize(("row", "who"), [(row, who) for row in SENT for who in _roles_of(row)], ids=str)
def test_what_a_form_does_not_list_changes_nothing(row: Row, who: str, cast: Cast) -> None:
    # Before anything is undone.
    assert cast.guest.is_guest
    with undone():
        plain = _sent(row, who, cast, with_extra=False)
    with undone():
        extra = _sent(row, who, cast, with_extra=True)
    assert {key: extra[key] for key in extra if extra[key] != plain.get(key)} == {
        key: plain[key] for key in plain if extra.get(key) != plain[key]
    }


def _sent(row: Row, who: str, cast: Cast, *, with_extra: bool) -> Tables:
    """Send the row's request; return what the tables hold afterwards, without what differs from time to time."""
    UserFactory.reset_sequence(1_000, force=True)
    kwargs, data = dict(row.kwargs(cast)), dict(row.data(cast))
    client = cast.client() if who == "anonymous" else cast.client(getattr(cast, who))
    extra = dict(_columns(row)) if with_extra else {}
    listed = LISTED.get(row.route, set())
    sent = {**{name: value for name, value in extra.items() if name not in listed}, **data}
    answer = client.post(reverse(row.route, kwargs=kwargs), sent, headers=dict(row.headers))
    assert answer.status_code in DONE, answer.content
    return table_rows()


def _columns(row: Row) -> Iterator[tuple[str, str]]:
    """Yield a value for every column of every table, as a form would send it."""
    for model in apps.get_app_config("studio").get_models():
        for field in model._meta.concrete_fields:
            yield field.name, _value(field, row)
            yield field.attname, _value(field, row)
    yield from (("is_staff", "on"), ("is_superuser", "on"), ("is_admin", "on"), ("pk", "1"))


def _value(field: "Field[Any, Any]", row: Row) -> str:
    if field.choices:
        return (
            "manager"
            if field.name == "role" and row.route.startswith("projects")
            else str(field.choices[-1][0])
        )
    if isinstance(field, ForeignKey):
        return str(User.objects.get(email="stranger@example.com").pk if field.related_model is User else 1)
    if isinstance(field, BooleanField):
        return "" if field.name == "is_active" else "on"
    if isinstance(field, DateField):
        return LATER.isoformat()
    if isinstance(field, IntegerField):
        return "7"
    return "{}" if isinstance(field, JSONField) else "sent-along"
