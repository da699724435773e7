"""Reading invitations."""

from django.db.models import Prefetch

from studio.invitations.models import Invitation, InvitedProject
from studio.people.models import TeamRole, User
from studio.projects.models import Project


def pending_invitations() -> list[Invitation]:
    """Return who has not come in yet, the latest first, with inviter and projects."""
    joins = InvitedProject.objects.select_related("project").order_by("project__name", "id")
    pending = Invitation.objects.pending().select_related("created_by").order_by("-id")
    return list(pending.prefetch_related(Prefetch("joins", joins)))


def own_invitations(project: Project, inviter: User) -> list[Invitation]:
    """Return the invitations into a project that this person has made and nobody has used yet, the latest first."""
    own = Invitation.objects.pending().filter(created_by=inviter, joins__project=project)
    return list(own.order_by("-id"))


def is_backed(invitation: Invitation) -> bool:
    """Tell whether who invited may still do so: only admins let members and admins into the team."""
    inviter = invitation.created_by
    if inviter is None:
        return True
    return inviter.is_active and (inviter.is_admin or invitation.role == TeamRole.GUEST)


def joins_of(invitation: Invitation) -> list[InvitedProject]:
    """Return the projects into which an invitation leads."""
    return list(invitation.joins.select_related("project").order_by("project__name", "id"))


def has_account(invitation: Invitation) -> bool:
    """Tell whether somebody made an account for the invited address in another way."""
    return User.objects.filter(email=invitation.email).exists()
