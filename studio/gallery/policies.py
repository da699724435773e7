"""Who may delete images, and bring them back: makers their own, managers all, nobody in an archived project."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.generation.models import Image
from studio.kit.errors import NotAllowed
from studio.people.models import User
from studio.projects.models import Project, ProjectRole
from studio.projects.policies import ARCHIVED, MAKERS
from studio.projects.queries import role_in


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person may do with the images of one project: read once, asked for every image of a page."""

    user: User
    role: ProjectRole | None
    is_archived: bool

    def check_can_delete(self, images: Iterable[Image]) -> None:
        """Raise NotAllowed unless the person may delete all of these; who may delete may also restore."""
        if self.is_archived:
            raise NotAllowed(ARCHIVED)
        if self.role not in MAKERS:
            raise NotAllowed(
                "You can look at this project but not delete its images. Ask one of its managers."
            )
        listed = list(images)
        foreign = sum(image.author_id != self.user.pk for image in listed)
        if foreign and self.role is not ProjectRole.MANAGER:
            raise NotAllowed(_not_yours(foreign, len(listed)))

    def can_delete(self, image: Image) -> bool:
        try:
            self.check_can_delete([image])
        except NotAllowed:
            return False
        return True


def rights_in(project: Project, user: User) -> Rights:
    """Read what this person may do with the project's images."""
    return Rights(user, role_in(project, user), project.is_archived)


def _not_yours(foreign: int, total: int) -> str:
    if total == 1:
        return "Somebody else made this image. Only they and the project’s managers can do this."
    are = "isn’t" if foreign == 1 else "aren’t"
    return f"{foreign} of these {total} images {are} yours, so nothing was changed. Ask a manager, or choose only yours."
