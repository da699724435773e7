"""Who may share, and who may take a link back. `check_x` raises a sentence, `can_x` wraps it."""

from studio.kit.errors import NotAllowed
from studio.people.models import User
from studio.projects.models import Project, ProjectRole
from studio.projects.policies import MAKERS, can_generate, check_can_generate
from studio.projects.queries import role_in
from studio.sharing.models import ShareLink


def check_can_share(project: Project, user: User) -> None:
    """Raise NotAllowed unless the person makes images here, while the project is open."""
    if role_in(project, user) not in MAKERS:
        raise NotAllowed("You can look at this project but not share its images. Ask one of its managers.")
    check_can_generate(project, user)


def can_share(project: Project, user: User) -> bool:
    """The same as `can_generate`: who may make images here may show them."""
    return can_generate(project, user)


def check_can_list_links(project: Project, user: User) -> None:
    """Raise NotAllowed for viewers. An archived project's links can still be read and taken back."""
    if role_in(project, user) not in MAKERS:
        raise NotAllowed("Only those who make images in this project see its links.")


def check_can_change_link(link: ShareLink, user: User) -> None:
    """Raise NotAllowed unless the person made the link or manages its project."""
    if link.created_by_id != user.pk and role_in(link.project, user) is not ProjectRole.MANAGER:
        raise NotAllowed("Somebody else made this link. Only they and the project’s managers can do this.")


def check_can_renew(link: ShareLink, user: User) -> None:
    """Raise NotAllowed unless the person may change the link and may still share here."""
    check_can_change_link(link, user)
    check_can_share(link.project, user)
