"""All projects as admins see them: who is in them, what they hold, and what the month has cost beside their limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.administration.limits import Gauge, gauge_of
from studio.kit.money import rounded_dollars
from studio.people.models import User
from studio.projects.queries import ProjectCard, list_cards
from studio.spending.limits import read_limits
from studio.spending.models import Counter
from studio.spending.queries import month_of_projects
from studio.spending.scopes import Scope

PAGE_SIZE = 50


class Which(StrEnum):
    OPEN = "open"
    ARCHIVED = "archived"
    ALL = "all"

    @classmethod
    def parse(cls, value: str) -> "Which":
        return cls(value) if value in list(cls) else cls.OPEN


@dataclass(frozen=True, slots=True)
class ProjectLimit:
    """A limit in words, such as "$600 a month", and how much of it is used."""

    words: str
    gauge: Gauge


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project; `month` is what it held and spent since the first."""

    card: ProjectCard
    month: Counter
    limits: list[ProjectLimit]

    @property
    def spent_words(self) -> str:
        """Write what the month has cost: "$12.30, 84 images"."""
        images = f"{self.month.spent_images:,} image{'' if self.month.spent_images == 1 else 's'}"
        return f"{rounded_dollars(self.month.spent_micros)}, {images}" if self.month.spent_micros else images

    @property
    def held_words(self) -> str:
        """Write what is held on top of it; empty where nothing is."""
        if self.month.held_micros:
            return f"{rounded_dollars(self.month.held_micros)} held"
        return f"{self.month.held_images:,} held" if self.month.held_images else ""


@dataclass(frozen=True, slots=True)
class ProjectsPage:
    """Some of the projects; `count` are all that are asked for, `earlier` and `later` the pages beside this one."""

    rows: list[ProjectRow]
    count: int
    number: int
    earlier: int | None
    later: int | None


def list_projects(user: User, *, search: str, which: Which, number: int = 1) -> ProjectsPage:
    """Return a page of the projects, the one with the latest activity first, in a constant number of queries."""
    found = [card for card in list_cards(user, search=search) if _is_asked(card, which)]
    last = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, number), last)
    cards = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    rows = _rows(cards)
    earlier, later = number - 1 or None, number + 1 if number < last else None
    return ProjectsPage(rows, len(found), number, earlier, later)


def _rows(cards: Sequence[ProjectCard]) -> list[ProjectRow]:
    ids = [card.project.pk for card in cards]
    months = month_of_projects(ids)
    limits: dict[int, list[ProjectLimit]] = {}
    for limit in read_limits([Scope(id) for id in ids]) if ids else ():
        words = f"{limit.amount(limit.quota)} {limit.period.label}"
        limits.setdefault(limit.scope.project_id or 0, []).append(ProjectLimit(words, gauge_of(limit)))
    return [
        ProjectRow(card, months.get(card.project.pk) or Counter(), limits.get(card.project.pk, []))
        for card in cards
    ]


def _is_asked(card: ProjectCard, which: Which) -> bool:
    return which is Which.ALL or card.project.is_archived == (which is Which.ARCHIVED)
