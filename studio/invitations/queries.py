"""Reading invitations."""

from django.db.models import Prefetch

from studio.invitations.models import Invitation, InvitedProject
from studio.people.models import User


def pending_invitations() -> list[Invitation]:
    """Return who has not come in yet, the latest first, with inviter and projects."""
    joins = InvitedProject.objects.select_related("project").order_by("project__name", "id")
    pending = Invitation.objects.pending().select_related("created_by").order_by("-id")
    return list(pending.prefetch_related(Prefetch("joins", joins)))


def joins_of(invitation: Invitation) -> list[InvitedProject]:
    """Return the projects into which an invitation leads."""
    return list(invitation.joins.select_related("project").order_by("project__name", "id"))


def has_account(invitation: Invitation) -> bool:
    """Tell whether somebody made an account for the invited address in another way."""
    return User.objects.filter(email=invitation.email).exists()
