"""Telling people: from what is written down of acts, and when a press of the button is over."""

from collections.abc import Iterable

from django.db import transaction

from studio.audit.models import AuditEntry
from studio.generation.models import ENDED, Batch, Status
from studio.kit.clock import now
from studio.live.actions import announce, announce_everywhere
from studio.live.queries import NEWS
from studio.notifying.events import Happening, happened
from studio.notifying.models import Kind, Notification
from studio.notifying.queries import notifications_of
from studio.people.models import User
from studio.people.queries import active_admins

_KINDS = {
    "member.added": Kind.INVITED,
    "member.role_changed": Kind.ROLE_CHANGED,
    "person.role_changed": Kind.ROLE_CHANGED,
    "request.made": Kind.ASKED,
    "request.approved": Kind.GRANTED,
    "request.declined": Kind.DECLINED,
}


def tell_of_act(entry: AuditEntry) -> None:
    """Tell those whom an act concerns, but for the one who did it; in the transaction of the act."""
    kind = _KINDS.get(entry.verb)
    if kind is None:
        return
    role = entry.details.get("role", "")
    role = role[-1] if isinstance(role, list) else role
    concerned = tuple(_concerned(entry))
    told = [person_id for person_id in concerned if person_id != entry.actor_id]
    Notification.objects.bulk_create(
        Notification(
            person_id=person_id,
            kind=kind,
            project_id=entry.project_id,
            actor_id=entry.actor_id,
            subject_id=entry.subject_id,
            role=role,
            mail_at=now(),
        )
        for person_id in told
    )
    _announce(entry.project_id, told)
    happened(Happening(kind, entry.project_id, entry.subject_id, concerned, entry.actor_id, role))


def tell_of_end(generation_id: int) -> None:
    """Tell the author when the last generation of a press has ended; one that was cancelled is no news."""
    batch = Batch.objects.filter(generations=generation_id).order_by("id").first()
    # For all but the last of a press of two hundred it ends here.
    if batch is None or batch.generations.exclude(status__in=ENDED).exists():
        return
    statuses = set(batch.generations.order_by().values_list("status", flat=True).distinct())
    if statuses == {Status.CANCELLED}:
        return
    kind = Kind.FAILED if Status.FAILED in statuses else Kind.FINISHED
    told = Notification(
        person_id=batch.author_id,
        kind=kind,
        project_id=batch.project_id,
        subject_id=batch.pk,
        mail_at=now(),
    )
    with transaction.atomic():
        Notification.objects.bulk_create([told], ignore_conflicts=True)
        _announce(batch.project_id, [batch.author_id])
        happened(Happening(kind, batch.project_id, batch.pk, (batch.author_id,)))


def mark_read(*, by: User, upto: int) -> None:
    """Mark as read what a person was shown: up to the newest on their page."""
    shown = notifications_of(by).filter(read_at=None, pk__lte=upto).order_by().values("pk")
    Notification.objects.filter(pk__in=shown).update(read_at=now())


def mark_one_read(notification: Notification) -> None:
    """Mark one as read; one that was keeps its time."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=now())


def _announce(project_id: int | None, people: Iterable[int]) -> None:
    """Tell the open pages whose bell has news: an id only, of people in the same project or team."""
    for person_id in people:
        if project_id is None:
            announce_everywhere(subject_kind=NEWS, subject_id=person_id)
        else:
            announce(project_id=project_id, subject_kind=NEWS, subject_id=person_id)


def _concerned(entry: AuditEntry) -> Iterable[int]:
    if entry.verb == "request.made":
        return [admin.pk for admin in active_admins()]
    person = entry.subject_id if entry.subject_kind == "user" else entry.details.get("person")
    return [person] if isinstance(person, int) else []
