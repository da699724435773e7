"""What a person would leave behind."""

from dataclasses import dataclass

from studio.generation.models import Generation, LimitRequest, RequestState, Status
from studio.invitations.models import Invitation
from studio.people.models import User
from studio.projects.handing_over import managed_alone_by
from studio.projects.models import Project
from studio.sharing.models import ShareLink
from studio.sharing.queries import open_links

IN_FLIGHT = (Status.SUBMITTING, Status.RUNNING, Status.FETCHING)


@dataclass(frozen=True, slots=True)
class Legacy:
    """What stands open when somebody leaves; `projects` are those that nobody else manages."""

    queued: int
    waiting: int
    in_flight: int
    projects: list[Project]
    links: int
    invitations: int


def legacy_of(person: User) -> Legacy:
    """Count what the person would leave behind if they left now."""
    theirs = Generation.objects.filter(author=person)
    return Legacy(
        queued=theirs.filter(status=Status.QUEUED).count(),
        waiting=LimitRequest.objects.filter(author=person, state=RequestState.WAITING).count(),
        in_flight=theirs.filter(status__in=IN_FLIGHT).count(),
        projects=managed_alone_by(person),
        links=open_links(ShareLink.objects.filter(created_by=person)).count(),
        invitations=Invitation.objects.open().filter(created_by=person).count(),
    )
