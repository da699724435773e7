"""What a project holds, for its card in the list.

Images live in a room above this one, which registers its reading of them here when the app starts.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from studio.people.models import User


@dataclass(frozen=True, slots=True)
class Cover:
    """A thumbnail: its address and its size in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a project holds: its newest thumbnails (four at most), counts, and who made something last."""

    covers: tuple[Cover, ...] = ()
    image_count: int = 0
    running_count: int = 0
    last_at: datetime | None = None
    last_by: User | None = None


CoverSource = Callable[[Collection[int]], Mapping[int, Contents]]
_sources: list[CoverSource] = []


def register_cover_source(source: CoverSource) -> None:
    """Name the function that says what projects hold: ids in, contents by id out, in a constant number of queries."""
    _sources[:] = [source]


def contents_of(project_ids: Collection[int]) -> dict[int, Contents]:
    """Return what each of these projects holds; nothing where no room has registered."""
    found = _sources[0](project_ids) if _sources and project_ids else {}
    return {project_id: found.get(project_id, Contents()) for project_id in project_ids}
