"""The limits' page: one matrix of what is set and what is inherited, with its source and what is used of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q, QuerySet

from studio.people.models import User
from studio.projects.models import Project
from studio.spending.limits import Limit, Unit, read_limits
from studio.spending.models import Quota
from studio.spending.offers import read_amount, write_amount
from studio.spending.periods import Period
from studio.spending.scopes import TEAM, Scope

COLUMNS = [(unit, period) for unit in Unit for period in Period]
Column = tuple[Unit, Period]
NO_LIMITS = "Nothing was changed yet: some cells are no limits."
OVERTAKEN = (
    "Nothing was changed yet: somebody else has set the marked limits meanwhile. "
    "Press once more to put yours in their place."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One limit: `value` where it is set here; else what is inherited, and from whom. `used` is in percent.

    The first of the cells that are wrong `is_focused`, so that the page opens where it is, however far down.
    """

    name: str
    label: str
    value: str = ""
    inherited: str = ""
    source: str = ""
    used: int | None = None
    tone: str = "ink"
    about: str = ""
    error: str = ""
    is_focused: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: list[Cell]
    person: User | None = None
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of a limit is used, in percent, and what that means."""

    used: int
    tone: str
    about: str


class WrongLimit(ValueError):
    """Cells that can’t be set as they are: their names with a sentence each, one for all, and what was `seen` by now."""

    def __init__(self, sentence: str, errors: Mapping[str, str], seen: str) -> None:
        super().__init__(sentence)
        self.sentence, self.errors, self.seen = sentence, errors, seen


def matrix(project: Project | None) -> list[Group]:
    """Return the limits of the team, its projects and its people; of one project, those of the people in it."""
    people = list(_people(project).order_by("-is_active", "name", "email", "id"))
    projects = [] if project else list(Project.objects.open().order_by("name", "id"))
    here = project.pk if project else None
    scopes = [TEAM, *(Scope(None, person.pk) for person in people)]
    scopes += [Scope(each.pk) for each in projects]
    scopes += [Scope(here), *(Scope(here, person.pk) for person in people)] if project else []
    found = {(one.scope, one.unit, one.period): one for one in read_limits(scopes)}
    in_people = [
        Row(person.display_name, _cells(Scope(here, person.pk), person.display_name, found), person=person)
        for person in people
    ]
    if project:
        return [
            Group("Project", [Row(project.name, _cells(Scope(here), project.name, found), project=project)]),
            Group(f"People in {project.name}", in_people),
        ]
    in_projects = [
        Row(each.name, _cells(Scope(each.pk), each.name, found), project=each) for each in projects
    ]
    return [
        Group("Team", [Row("The whole team", _cells(TEAM, "The whole team", found))]),
        Group("Projects", in_projects),
        Group("People", in_people),
    ]


def _people(project: Project | None) -> QuerySet[User]:
    """Return who may have limits: those who can sign in, and the deactivated whose limits still stand."""
    limited = Quota.objects.filter(user=OuterRef("pk"), project=project)
    stands = limited.filter(Q(max_images__isnull=False) | Q(max_micros__isnull=False))
    return User.objects.filter(Q(is_active=True) | Exists(stands))


def _cells(scope: Scope, whose: str, found: Mapping[tuple[Scope, Unit, Period], Limit]) -> list[Cell]:
    return [_cell(scope, whose, column, found) for column in COLUMNS]


def _cell(
    scope: Scope, whose: str, column: Column, found: Mapping[tuple[Scope, Unit, Period], Limit]
) -> Cell:
    unit, period = column
    cell = Cell(cell_name(scope, column), f"{whose}, {unit.label.lower()} {period.label}")
    if own := found.get((scope, unit, period)):
        gauge = gauge_of(own)
        return replace(
            cell, value=write_amount(own.unit, own.quota), used=gauge.used, tone=gauge.tone, about=gauge.about
        )
    wider = [one for one in wider_scopes(scope) if (one, unit, period) in found]
    if not wider:
        return cell
    tightest = min(wider, key=lambda one: found[one, unit, period].quota)
    limit = found[tightest, unit, period]
    inherited = f"{limit.quota:,}" if unit == Unit.IMAGES else limit.amount(limit.quota)
    return replace(cell, inherited=inherited, source=_source(tightest))


def gauge_of(limit: Limit) -> Gauge:
    """Return what a meter of this limit shows."""
    return Gauge(limit.percent, limit.tone, limit.standing)


def wider_scopes(scope: Scope) -> list[Scope]:
    """Return the scopes whose limits a narrower one is held to as well."""
    wider = [TEAM] if scope != TEAM else []
    if scope.project_id and scope.user_id:
        wider += [Scope(scope.project_id), Scope(None, scope.user_id)]
    return wider


def _source(scope: Scope) -> str:
    if scope == TEAM:
        return "team"
    return "project" if scope.project_id else "person"


def cell_name(scope: Scope, column: Column) -> str:
    unit, period = column
    return f"{scope.project_id or 0}-{scope.user_id or 0}-{period}-{unit}"


def write_seen(groups: Iterable[Group]) -> str:
    """Write what is set in a matrix. Its form sends it back, so that what somebody else set meanwhile is noticed."""
    return _write_seen({cell.name: cell.value for cell in _all_cells(groups)})


def _write_seen(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items() if value)


def as_meant(groups: Iterable[Group], typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed by the names of cells; one that was left as `seen` is as it has become since."""
    if "seen" not in typed:
        return dict(typed)
    seen = _read_seen(typed["seen"])
    return {
        **typed,
        **{cell.name: cell.value for cell in _all_cells(groups) if not _is_touched(cell, typed, seen)},
    }


def read_cells(
    groups: Iterable[Group], typed: Mapping[str, str]
) -> dict[tuple[Scope, Period], tuple[int | None, int | None]]:
    """Read what was typed as (images, micro-dollars) by scope and period; a cell that is missing stays as it was.

    Raises WrongLimit, also where somebody else has set a cell otherwise since it was `seen`.
    """
    groups = list(groups)
    limits: dict[tuple[Scope, Period], dict[Unit, int | None]] = {}
    errors = {}
    for cell in _all_cells(groups):
        scope, period, unit = _read_name(cell.name)
        try:
            value = _read(unit, typed.get(cell.name, cell.value))
        except ValueError as error:
            errors[cell.name] = str(error)
            continue
        limits.setdefault((scope, period), {})[unit] = value
    if errors:
        raise WrongLimit(NO_LIMITS, errors, _still_seen(groups, typed))
    if overtaken := dict(_overtaken(groups, typed)):
        raise WrongLimit(OVERTAKEN, overtaken, write_seen(groups))
    return {key: (units[Unit.IMAGES], units[Unit.MONEY]) for key, units in limits.items()}


def _overtaken(groups: Iterable[Group], typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the cells that were changed in the form and, to something else, by somebody else meanwhile."""
    if "seen" not in typed:
        return
    seen = _read_seen(typed["seen"])
    for cell in _all_cells(groups):
        is_other = cell.value != seen.get(cell.name, "") and not _is_same(cell, typed)
        if is_other and _is_touched(cell, typed, seen):
            yield cell.name, f"Is {cell.value} by now." if cell.value else "Lifted by now."


def _still_seen(groups: Iterable[Group], typed: Mapping[str, str]) -> str:
    """Write what is set in a matrix, but for the cells that were changed in its form what was seen of them."""
    if "seen" not in typed:
        return write_seen(groups)
    seen = _read_seen(typed["seen"])
    return _write_seen(
        {
            cell.name: cell.value if _is_same(cell, typed) else seen.get(cell.name, "")
            for cell in _all_cells(groups)
        }
    )


def _is_same(cell: Cell, typed: Mapping[str, str]) -> bool:
    return typed.get(cell.name, cell.value).strip() == cell.value


def _is_touched(cell: Cell, typed: Mapping[str, str], seen: Mapping[str, str]) -> bool:
    return cell.name in typed and typed[cell.name].strip() != seen.get(cell.name, "")


def _read_seen(text: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in text.split())
    return {name: value for name, _, value in pairs}


def _all_cells(groups: Iterable[Group]) -> Iterator[Cell]:
    return (cell for group in groups for row in group.rows for cell in row.cells)


def _read_name(name: str) -> tuple[Scope, Period, Unit]:
    project, user, period, unit = name.split("-")
    return Scope(int(project) or None, int(user) or None), Period(period), Unit(unit)


def _read(unit: Unit, text: str) -> int | None:
    return read_amount(unit, text) if text.strip() else None


def with_typed(groups: list[Group], typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Group]:
    """Return the matrix with what was typed in it, and a sentence beside each wrong cell."""
    first = next((cell.name for cell in _all_cells(groups) if cell.name in errors), "")

    def shown(cell: Cell) -> Cell:
        value, error = typed.get(cell.name, cell.value), errors.get(cell.name, "")
        return replace(cell, value=value, error=error, is_focused=cell.name == first)

    return [
        Group(group.name, [replace(row, cells=[shown(cell) for cell in row.cells]) for row in group.rows])
        for group in groups
    ]
