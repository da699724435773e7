"""Reading invitations."""

from django.db.models import Prefetch
from django.urls import reverse

from studio.invitations.models import Invitation, InvitedProject
from studio.people.models import TeamRole, User
from studio.projects.models import Project
from studio.projects.queries import role_in


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


def open_invitation_of(email: str) -> Invitation | None:
    """Return the invitation with which this address could come in now."""
    found = Invitation.objects.open().select_related("created_by").filter(email=email).first()
    return found if found and is_backed(found) else None


def first_page_of(person: User) -> str:
    """Return where somebody begins who came in by invitation: in the project, if it led into one of those only."""
    invited = InvitedProject.objects.select_related("project").filter(invitation__accepted_by=person)
    joins = list(invited.order_by("id"))
    if len(joins) == 1 and role_in(joins[0].project, person):
        return reverse("generation:studio", args=[joins[0].project.slug])
    return reverse("projects:list")


def joins_of(invitation: Invitation) -> list[InvitedProject]:
    """Return the projects into which an invitation leads."""
    return list(invitation.joins.select_related("project").order_by("project__name", "id"))


def has_account(invitation: Invitation) -> bool:
    """Tell whether somebody made an account for the invited address in another way."""
    return User.objects.filter(email=invitation.email).exists()
