"""Pausing, resuming, rotating, limiting and deleting keys."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from studio.audit.models import AuditEntry
from studio.catalog.models import Provider
from studio.keys import queries
from studio.keys.actions import (
    KeyExists,
    Limits,
    RotatedOut,
    add_key,
    change_limits,
    delete_key,
    limits_of,
    pause_key,
    resume_key,
    retire_key,
    rotate_key,
    stop_key,
)
from studio.keys.models import ApiKey, KeyState
from studio.kit import clock

pytestmark = pytest.mark.django_db
SECRET, OTHER_SECRET = "ms-1234567890abcdefghij", "ms-abcdefghij1234567890"


@pytest.fixture
def provider() -> Provider:
    return Provider.objects.create(slug="keyed", name="Mountsea", base_url="https://api.example.com")


@pytest.fixture
def key(provider: Provider) -> ApiKey:
    return add_key(provider=provider, label="Team", secret=SECRET)


def usable(provider: Provider) -> list[ApiKey]:
    return queries.usable_keys(provider.pk, clock.now())


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_a_paused_key_waits_until_it_is_resumed(provider: Provider, key: ApiKey) -> None:
    assert pause_key(key_id=key.pk, by=None)
    assert not pause_key(key_id=key.pk, by=None)
    assert usable(provider) == []
    assert queries.waiting_reason(provider) == "The API key of Mountsea is paused. An admin can resume it."
    assert resume_key(key_id=key.pk)
    assert usable(provider) == [key]
    assert verbs() == ["key.added", "key.paused", "key.resumed"]


def test_what_an_admin_paused_is_not_stopped_by_an_answer(key: ApiKey) -> None:
    pause_key(key_id=key.pk, by=None)
    assert not stop_key(key_id=key.pk, state=KeyState.UNAUTHORISED)
    assert ApiKey.objects.get(pk=key.pk).state == KeyState.PAUSED


def test_keys_are_offered_by_priority_and_then_the_longest_unused_first(provider: Provider) -> None:
    first, second, third = (
        add_key(provider=provider, label=name, secret=f"{SECRET}-{name}", limits=Limits(priority=priority))
        for name, priority in (("b", 5), ("c", 5), ("a", 1))
    )
    ApiKey.objects.filter(pk=first.pk).update(last_used_at=clock.now())
    assert usable(provider) == [third, second, first]


def test_a_rotated_key_takes_nothing_new_and_the_new_one_has_its_limits(
    provider: Provider, key: ApiKey
) -> None:
    change_limits(key=key, limits=Limits(3, 2, 60, 1), by=None)
    fresh = rotate_key(key=key, secret=OTHER_SECRET, by=None)

    assert usable(provider) == [fresh]
    assert (fresh.label, limits_of(fresh)) == ("Team", Limits(3, 2, 60, 1))
    assert queries.secret_of(fresh) == OTHER_SECRET
    assert queries.secret_of(key) == SECRET, "what is under way is still asked for with it"
    assert not resume_key(key_id=key.pk)
    with pytest.raises(RotatedOut):
        rotate_key(key=key, secret="ms-another-one-altogether", by=None)
    assert retire_key(key_id=key.pk)
    assert not retire_key(key_id=key.pk)
    assert verbs() == ["key.added", "key.limits_changed", "key.rotated", "key.retired"]


def test_a_key_is_not_rotated_to_one_that_is_there(provider: Provider, key: ApiKey) -> None:
    with pytest.raises(KeyExists, match="has this key already"):
        rotate_key(key=key, secret=SECRET, by=None)
    assert usable(provider) == [key]


def test_a_deleted_key_leaves_no_secret_and_may_come_again(provider: Provider, key: ApiKey) -> None:
    delete_key(key=key, by=None)
    assert ApiKey.objects.get(pk=key.pk).secret_encrypted == ""
    assert usable(provider) == []
    assert not queries.has_real_key()
    assert queries.waiting_reason(provider) == "Mountsea has no API key yet. An admin can add one."
    assert not resume_key(key_id=key.pk)
    assert add_key(provider=provider, label="Team", secret=SECRET) != key


def test_a_key_that_cannot_be_read_is_not_used_and_the_reason_is_said(
    provider: Provider, key: ApiKey, caplog: pytest.LogCaptureFixture
) -> None:
    queries._complain.cache_clear()  # another test's key may have had the same number
    ApiKey.objects.filter(pk=key.pk).update(secret_encrypted="made with another key")
    assert usable(provider) == []
    assert queries.waiting_reason(provider).startswith("The API key of Mountsea can't be read")
    assert usable(provider) == []
    assert caplog.text.count("keys.key.unreadable") == 1, "said once, not with every look"


def test_the_commands_pause_rotate_and_remove(
    provider: Provider, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = StringIO()
    call_command("pause_key", str(key.pk), stdout=out)
    with pytest.raises(CommandError, match=f"There is no key {key.pk} in use"):
        call_command("pause_key", str(key.pk))
    monkeypatch.setattr("sys.stdin", StringIO(f"{OTHER_SECRET}\n"))
    call_command("rotate_key", str(key.pk), stdout=out)
    fresh = ApiKey.objects.latest("id")
    assert queries.secret_of(fresh) == OTHER_SECRET
    # Nothing is under way, so it retires at once.
    assert ApiKey.objects.get(pk=key.pk).state == KeyState.RETIRED
    call_command("remove_key", str(fresh.pk), stdout=out)
    assert usable(provider) == []
    for command in ("remove_key", "rotate_key", "resume_key"):
        with pytest.raises(CommandError, match="There is no key"):
            call_command(command, str(fresh.pk))
    assert SECRET not in out.getvalue()
    assert OTHER_SECRET not in out.getvalue()


def test_limits_are_set_by_a_command_and_what_is_not_given_stays(key: ApiKey) -> None:
    out = StringIO()
    call_command("limit_key", str(key.pk), "--per-minute", "60", "--priority", "1", stdout=out)
    key.refresh_from_db()
    assert limits_of(key) == Limits(500, 32, 60, 1)
    assert out.getvalue() == f"Key {key.pk}: 500 in flight, 32 at once, 60 a minute, priority 1.\n"
    call_command("limit_key", str(key.pk), "--per-minute", "0", "--in-flight", "8", stdout=out)
    key.refresh_from_db()
    assert limits_of(key) == Limits(8, 32, None, 1)
    for wrong in (["--in-flight", "0"], ["--per-minute", "-1"], ["--priority", "2000"]):
        with pytest.raises(CommandError, match=" to "):
            call_command("limit_key", str(key.pk), *wrong)
    with pytest.raises(CommandError, match="There is no key 999"):
        call_command("limit_key", "999")
