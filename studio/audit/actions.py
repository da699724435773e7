"""Writing down who did what, in the transaction of the act itself."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model

from studio.audit.models import AuditEntry
from studio.kit.wire import JsonObject


def record(
    *, verb: str, subject: Model, by: AbstractBaseUser | None, details: JsonObject | None = None
) -> None:
    """Append one act, such as `project.archived`; `by` is None for the command line.

    `details` hold ids, roles and counts, never names, addresses, prompts or secrets.
    """
    AuditEntry.objects.create(
        actor_id=by.pk if by else None,
        verb=verb,
        subject_kind=subject._meta.model_name or "",
        subject_id=subject.pk,
        details=details or {},
    )
