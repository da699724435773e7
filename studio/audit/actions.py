"""Writing down who did what, in the transaction of the act itself."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.db.models import Model

from studio.audit.events import recorded
from studio.audit.kinds import kind_of
from studio.audit.models import AuditEntry
from studio.audit.origin import network_address, says_origin
from studio.kit.wire import JsonObject


def record(
    *,
    verb: str,
    subject: Model | None = None,
    by: AbstractBaseUser | None,
    details: JsonObject | None = None,
) -> None:
    """Append one act, such as `project.archived`; `by` is None for the command line and the engine.

    `details` hold ids, roles and counts, never names, addresses of people, prompts or secrets; a list of two says
    what something was before and after. Some acts also say from which network address they were done.
    """
    address = network_address() if says_origin(verb) else ""
    subject_kind = (subject._meta.model_name or "") if subject else ""
    entry = AuditEntry.objects.create(
        actor_id=by.pk if by else None,
        verb=verb,
        kind=kind_of(verb),
        subject_kind=subject_kind,
        subject_id=subject.pk if subject else None,
        project_id=subject.pk
        if subject and subject_kind == "project"
        else getattr(subject, "project_id", None),
        details={**(details or {}), **({"address": address} if address else {})},
    )
    recorded(entry)


def record_seldom(
    *,
    verb: str,
    about: str,
    every: timedelta,
    subject: Model | None = None,
    by: AbstractBaseUser | None = None,
    details: JsonObject | None = None,
) -> bool:
    """Append what may be repeated in a loop: once in so long for the same `about`. Returns whether it was written."""
    if not cache.add(f"audit:{verb}:{about}", 1, every.total_seconds()):
        return False
    record(verb=verb, subject=subject, by=by, details=details)
    return True
