"""The meter of the studio: the tightest limit on the reader, and all others behind it."""

from dataclasses import dataclass

from studio.generation.queries import held_and_spent
from studio.generation.stops import Line, line_of
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.limits import Limit, Unit, read_limits, shown_to
from studio.spending.queries import Usage
from studio.spending.scopes import scopes_of


@dataclass(frozen=True, slots=True)
class Meter:
    """What the header and the form say: `tightest` is None where nothing is limited, then `usage` is told."""

    usage: Usage
    lines: list[Line]
    tightest: Line | None


def meter_of(usage: Usage, limits: list[Limit], project: Project, user: User) -> Meter:
    """Return the meter of a person's limits in a project."""
    limits = shown_to(user, limits)
    tightest = max(limits, key=_tightness, default=None)
    lines = [line_of(limit, project) for limit in limits]
    return Meter(usage, lines, line_of(tightest, project) if tightest else None)


def _tightness(limit: Limit) -> tuple[float, bool, int]:
    """Of limits that are used alike, as all are at their beginning, the one with least left counts; money first."""
    return limit.share, limit.unit == Unit.MONEY, -limit.left


def meter_now(project: Project, user: User) -> Meter:
    """Read a person's limits and usage, and return the meter."""
    limits = read_limits(scopes_of(project.pk, user.pk))
    return meter_of(held_and_spent(project, user), limits, project, user)
