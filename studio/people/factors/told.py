"""Writes down what becomes of factors, and tells their owner by mail: it may have been somebody else."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django_q.tasks import async_task

from studio.audit.actions import record
from studio.people.models import User

_Type = Authenticator.Type


def listen() -> None:
    """Hear of everything from now on; once, when the app is ready."""
    signals.authenticator_added.connect(_added)
    signals.authenticator_removed.connect(_removed)
    signals.authenticator_reset.connect(_codes_made)
    signals.authenticator_used.connect(_used)
    signals.authentication_failed.connect(_failed)


def _added(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == _Type.TOTP:
        record(verb="factor.app_added", subject=user, by=user)
        _tell(user, "app_added")
    elif authenticator.type == _Type.WEBAUTHN:
        record(verb="factor.passkey_added", subject=user, by=user, details={"factor": authenticator.pk})
        _tell(user, "passkey_added")


def _removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == _Type.TOTP:
        record(verb="factor.app_removed", subject=user, by=user)
        _tell(user, "app_removed")
    elif authenticator.type == _Type.WEBAUTHN:
        record(verb="factor.passkey_removed", subject=user, by=user)
        _tell(user, "passkey_removed")


def _codes_made(user: User, **_: Any) -> None:
    record(verb="factor.codes_made", subject=user, by=user)
    _tell(user, "codes_made")


def _used(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == _Type.RECOVERY_CODES:
        record(verb="factor.code_used", subject=user, by=user)
        _tell(user, "code_used")


def _failed(user: User, **_: Any) -> None:
    record(verb="factor.failed", subject=user, by=None)


def _tell(person: User, what: str) -> None:
    async_task("studio.people.mail.send_sign_in_changed", person.pk, what, cluster="chores")
