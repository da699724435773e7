"""Tells the open streams when somebody's rights change, so that they ask anew what their readers may see.

The tail asks again when there is news, so any will do: what is told is only that, and whom it concerns by id.
"""

from studio.audit.models import AuditEntry
from studio.live.actions import announce, announce_everywhere

KIND = "rights"
# Streams of this person end, in whatever browser: those that are still signed in come back at once.
SIGNED_OUT = "signed-out"
IN_PROJECT = ("member.added", "member.role_changed", "member.removed", "member.left", "project.edited")
IN_TEAM = ("person.role_changed", "person.deactivated", "person.deleted")
OF_SESSIONS = (
    "session.closed",
    "session.ended",
    "factor.reset",
    "person.password_set",
    "person.password_changed",
)


def tell_of_rights(entry: AuditEntry) -> None:
    """Announce an act that gives or takes rights, in its own transaction."""
    if entry.verb in IN_PROJECT and entry.project_id is not None:
        person = entry.details.get("person")
        announce(
            project_id=entry.project_id,
            subject_kind=KIND,
            subject_id=person if isinstance(person, int) else entry.project_id,
        )
    elif entry.verb in IN_TEAM and entry.subject_id is not None:
        announce_everywhere(subject_kind=KIND, subject_id=entry.subject_id)
    elif entry.verb in OF_SESSIONS and entry.subject_id is not None:
        announce_everywhere(subject_kind=SIGNED_OUT, subject_id=entry.subject_id)
