"""Each setting that the engine depends on is refused by `manage.py check` when it is wrong."""

from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from studio import checks


def ids(errors: list[Any]) -> list[str]:
    return [error.id for error in errors]


def queue(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(django_settings.Q_CLUSTER), **changes}


def test_our_own_settings_pass() -> None:
    assert checks.check_queue(None) == checks.check_database(None) == checks.check_middleware(None) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"queue_limit": 8}, "studio.E001"),
        ({"retry": 2699}, "studio.E002"),
        ({"max_attempts": 0}, "studio.E003"),
        ({"ack_failures": False}, "studio.E003"),
        ({"save_limit": 250}, "studio.E003"),
        ({"catch_up": True}, "studio.E003"),
        (
            {"ALT_CLUSTERS": {"chores": {"workers": 1, "queue_limit": 1, "timeout": 300, "retry": 899}}},
            "studio.E002",
        ),
    ],
)
def test_a_wrong_queue_is_refused(changes: dict[str, Any], expected: str) -> None:
    with override_settings(Q_CLUSTER=queue(**changes)):
        assert expected in ids(checks.check_queue(None))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ATOMIC_REQUESTS": True}, "studio.E004"),
        ({"OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}}, "studio.E005"),
        (
            {"OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=FULL"}},
            "studio.E006",
        ),
        (
            {"OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}},
            "studio.E007",
        ),
    ],
)
def test_a_wrong_database_is_refused(
    changes: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = {
        "ENGINE": checks.SQLITE,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
    monkeypatch.setattr(django_settings, "DATABASES", {"default": {**good, **changes}})
    assert ids(checks.check_database(None)) == [expected]


def test_compression_is_refused() -> None:
    with override_settings(MIDDLEWARE=["django.middleware.gzip.GZipMiddleware"]):
        assert ids(checks.check_middleware(None)) == ["studio.E008"]
