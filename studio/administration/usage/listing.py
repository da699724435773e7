"""The generations behind a figure: which they are, page by page, and how a row of them reads, on a page and as CSV."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from studio.administration.usage.asked import Asked, moments_of, read_asked
from studio.administration.usage.names import Models
from studio.audit.actions import record
from studio.generation.models import Generation, Status
from studio.kit.csv_answer import CsvRow
from studio.kit.database import before_streaming
from studio.kit.money import MICROS, dollars
from studio.kit.parameters import read_id
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import EntryKind, HoldState, LedgerEntry

PAGE, AT_ONCE = 50, 500
# What is counted where a failure has no code of its own.
NO_CODE = "unknown"
COLUMNS = (
    "Generation",
    "When",
    "Person",
    "E-mail",
    "Project",
    "Model",
    "Provider",
    "API key",
    "State",
    "Reason",
    "Images asked",
    "Images charged",
    "Cost in dollars",
    "Seconds",
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is asked for beside the period and filters of the page that led to it."""

    asked: Asked
    state: str = ""
    reason: str = ""
    weekday: int | None = None
    hour: int | None = None

    def query(self, changes: Mapping[str, str | int | None] | None = None) -> str:
        said = {
            "state": self.state or None,
            "reason": self.reason or None,
            "weekday": self.weekday,
            "hour": self.hour,
        }
        return self.asked.query({**said, **(changes or {})})


@dataclass(frozen=True, slots=True)
class Listed:
    """One generation as a row. `images` and `cost` are what was charged; `held` that it is not decided yet."""

    generation: Generation
    model: str
    images: int
    cost_micros: int | None
    is_held: bool
    href: str

    @property
    def cost(self) -> str:
        if self.is_held:
            held = self.generation.hold.cost_micros
            return "Held" if held is None else f"{dollars(held)} held"
        if self.cost_micros is None:
            return "No price" if self.images else "–"
        return dollars(self.cost_micros)

    @property
    def tone(self) -> str:
        """The colour of the state."""
        tones = {Status.SUCCEEDED: "ok", Status.FAILED: "bad", Status.UNKNOWN: "warn"}
        return tones.get(Status(self.generation.status), "")

    @property
    def reason(self) -> str:
        code = self.generation.problem_code
        return reason_words(code) if code or self.generation.status == Status.FAILED else ""

    @property
    def seconds(self) -> float | None:
        started, ended = self.generation.submitted_at, self.generation.finished_at
        return (ended - started).total_seconds() if started and ended else None


def reason_words(code: str) -> str:
    """Write the code of a failure as words: "content_policy" is "Content policy"."""
    words = code.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words and words != NO_CODE else "No reason given"


def read_sought(address: Mapping[str, str], *, own_id: int | None = None) -> Sought:
    """Read what a list is asked for; what makes no sense is not asked for."""
    state, weekday, hour = (
        address.get("state", ""),
        read_id(address.get("weekday")),
        read_id(address.get("hour")),
    )
    return Sought(
        asked=read_asked(address, own_id=own_id),
        state=state if state in Status.values else "",
        reason=address.get("reason", "")[:80].replace("\x00", ""),
        weekday=weekday if weekday and weekday <= 7 else None,
        hour=hour if hour is not None and hour < 24 else None,
    )


def find_generations(sought: Sought, models: Models) -> QuerySet[Generation]:
    """Return the generations, the newest first."""
    asked = sought.asked
    found = Generation.objects.filter(_moments(sought), **_chosen(sought))
    if asked.model:
        found = found.filter(model__in=[pk for pk, entry in models.entry_of.items() if entry == asked.model])
    if sought.reason:
        codes = ["", NO_CODE] if sought.reason == NO_CODE else [sought.reason]
        found = found.filter(problem_code__in=codes)
    return found.order_by("-created_at", "-pk")


def _chosen(sought: Sought) -> dict[str, str | int]:
    asked = sought.asked
    chosen = {
        "project": asked.project,
        "author": asked.user,
        "model__provider": asked.provider,
        "key": asked.key,
        "status": sought.state or None,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _moments(sought: Sought) -> Q:
    """Return the condition of time: hours as so many ranges, which an index finds, unlike the hour of each row."""
    since, until = moments_of(sought.asked.span)
    if sought.hour is None and sought.weekday is None:
        return Q(created_at__gte=since, created_at__lt=until)
    condition = Q(pk__in=[])
    for day in _days(sought):
        begins, ends = _hours(day, sought.hour)
        condition |= Q(created_at__gte=max(begins, since), created_at__lt=min(ends, until))
    return condition


def _days(sought: Sought) -> Iterator[date]:
    span = sought.asked.span
    days = (span.first + timedelta(days=n) for n in range(span.days))
    return (day for day in days if sought.weekday in (None, day.isoweekday()))


def _hours(day: date, hour: int | None) -> tuple[datetime, datetime]:
    """Return from when until when an hour of a day is in the team's time zone, or the whole day."""
    zone = timezone.get_current_timezone()
    begins = datetime.combine(day, time(hour or 0), zone)
    if hour is not None:
        return begins, begins.astimezone(UTC) + timedelta(hours=1)
    return begins, datetime.combine(day + timedelta(days=1), time(), zone)


def page_of(
    found: QuerySet[Generation], models: Models, reader: User, *, before: int | None, size: int = PAGE
) -> tuple[list[Listed], int | None]:
    """Return a page of rows older than a generation, and the cursor of the next page, None for the last."""
    rows = found.filter(_older_than(before)) if before else found
    related = ("project", "author", "model__provider", "key", "hold")
    page = list(rows.select_related(*related)[: size + 1])
    visible = _visible_to(reader, page)
    listed = _listed(page[:size], models, visible)
    return listed, page[size - 1].pk if len(page) > size else None


def _older_than(generation_id: int) -> Q:
    """Return the condition for what stands after a generation in the list; after an unknown one nothing does."""
    at = Generation.objects.filter(pk=generation_id).values_list("created_at", flat=True).first()
    if at is None:
        return Q(pk__in=[])
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=generation_id))


def _visible_to(reader: User, page: Sequence[Generation]) -> set[int]:
    """Return the projects that the reader may still open: what they made there stays in their own figures."""
    ids = {generation.project_id for generation in page}
    return set(
        Project.objects.visible_to(reader).filter(pk__in=ids).order_by("id").values_list("pk", flat=True)
    )


def _listed(page: Sequence[Generation], models: Models, visible: Collection[int]) -> list[Listed]:
    settled = LedgerEntry.objects.filter(
        hold__in=[generation.hold_id for generation in page], kind=EntryKind.SETTLED
    )
    entries = settled.order_by("id").values_list("hold_id", "images", "cost_micros")
    charged = {hold_id: (images, micros) for hold_id, images, micros in entries}
    rows = []
    for generation in page:
        images, micros = charged.get(
            generation.hold_id, (0, 0 if generation.hold.cost_micros is not None else None)
        )
        slug = generation.project.slug
        rows.append(
            Listed(
                generation=generation,
                model=models.name(models.entry(generation.model_id)),
                images=images,
                cost_micros=micros,
                is_held=generation.hold.state in (HoldState.OPEN, HoldState.KEPT),
                href=reverse("generation:detail", args=[slug, generation.pk])
                if generation.project_id in visible
                else "",
            )
        )
    return rows


def export_generations(*, sought: Sought, by: User) -> AsyncIterator[list[CsvRow]]:
    """Return the rows of an export, the newest first, and write down that it was made."""
    # Without the reason, which stands in the address as it was typed.
    details: JsonObject = {"asked": sought.query({"reason": None}), "own": sought.asked.user == by.pk}
    record(verb="usage.exported", by=by, details=details)
    return _csv_rows(sought, Models(), by)


async def _csv_rows(sought: Sought, models: Models, reader: User) -> AsyncIterator[list[CsvRow]]:
    cursor: int | None = None
    while True:
        rows, cursor = await _read_part(sought, models, reader, cursor)
        yield [_csv_row(row) for row in rows]
        if cursor is None:
            return


@before_streaming
def _read_part(
    sought: Sought, models: Models, reader: User, cursor: int | None
) -> tuple[list[Listed], int | None]:
    return page_of(find_generations(sought, models), models, reader, before=cursor, size=AT_ONCE)


def _csv_row(row: Listed) -> CsvRow:
    generation = row.generation
    return (
        generation.pk,
        timezone.localtime(generation.created_at).isoformat(timespec="seconds"),
        generation.author.display_name,
        generation.author.email,
        generation.project.name,
        row.model,
        generation.model.provider.name,
        str(generation.key) if generation.key else "",
        generation.get_status_display(),
        generation.problem_code,
        generation.images_asked,
        row.images,
        None if row.cost_micros is None else f"{row.cost_micros / MICROS:.6f}",
        None if row.seconds is None else f"{row.seconds:.1f}",
    )
