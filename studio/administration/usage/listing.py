"""The generations behind a figure: which they are, page by page, and how a row of them reads, on a page and as CSV."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from studio.administration.usage.asked import Asked, moments_of, read_asked
from studio.administration.usage.names import Models
from studio.administration.usage.week import HOUR, is_in_week
from studio.audit.actions import record
from studio.generation.models import EarlierSend, Generation, Status
from studio.keys.models import ApiKey
from studio.kit.csv_answer import CsvRow
from studio.kit.database import before_streaming
from studio.kit.money import MICROS, dollars
from studio.kit.parameters import read_id
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry
from studio.spending.usage import of_models

PAGE, AT_ONCE = 50, 500
# What is counted where a failure has no code of its own.
NO_CODE = "unknown"
SENT_AGAIN = "Sent again"
_GENERATION = ("generation__key", "earlier_send__generation", "earlier_send__key")
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
    """One send as a row, with its generation; a send that went out once more is `is_earlier`.

    `images` and `cost` are what was charged; `is_held` that it is not decided yet.
    """

    hold: Hold
    generation: Generation | None
    is_earlier: bool
    key: ApiKey | None
    model: str
    images: int
    cost_micros: int | None
    href: str

    @property
    def is_held(self) -> bool:
        return self.hold.state in (HoldState.OPEN, HoldState.KEPT)

    @property
    def cost(self) -> str:
        if self.is_held:
            held = self.hold.cost_micros
            return "Held" if held is None else f"{dollars(held)} held"
        if self.cost_micros is None:
            return "No price" if self.images else "–"
        return dollars(self.cost_micros)

    @property
    def state(self) -> str:
        if self.generation is None or self.is_earlier:
            return SENT_AGAIN
        return self.generation.get_status_display()

    @property
    def tone(self) -> str:
        """The colour of the state."""
        if self.generation is None or self.is_earlier:
            return ""
        tones = {Status.SUCCEEDED: "ok", Status.FAILED: "bad", Status.UNKNOWN: "warn"}
        return tones.get(Status(self.generation.status), "")

    @property
    def code(self) -> str:
        """The code of what went wrong; a send that went out once more has none that is known."""
        return "" if self.generation is None or self.is_earlier else self.generation.problem_code

    @property
    def reason(self) -> str:
        return reason_words(self.code) if self.code or self.tone == "bad" else ""

    @property
    def seconds(self) -> float | None:
        if self.generation is None or self.is_earlier:
            return None
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


def find_sends(sought: Sought, models: Models) -> QuerySet[Hold]:
    """Return the sends, the newest first: what the figures of usage are counted from, by the same day and hour."""
    asked = sought.asked
    found = Hold.objects.filter(_moments(sought), **_chosen(sought))
    if model_ids := models.ids_of(asked.model):
        found = found.filter(of_models(model_ids))
    if asked.key:
        found = found.filter(Q(generation__key=asked.key) | Q(earlier_send__key=asked.key))
    if sought.reason:
        codes = ["", NO_CODE] if sought.reason == NO_CODE else [sought.reason]
        found = found.filter(generation__problem_code__in=codes)
    return found.order_by("-created_at", "-pk")


def _chosen(sought: Sought) -> dict[str, str | int]:
    asked = sought.asked
    chosen = {
        "project": asked.project,
        "user": asked.user,
        "model__provider": asked.provider,
        "generation__status": sought.state or None,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _moments(sought: Sought) -> Q:
    """Return the condition of time: hours as so many ranges, which an index finds, unlike the hour of each row."""
    span = sought.asked.span
    since, until = moments_of(span)
    # A day is that of the hold, whose time zone may have been another; its time only helps to find it.
    spare = timedelta() if span.since else timedelta(days=2)
    of_days = Q(day__gte=span.first, day__lte=span.last)
    of_days &= Q(created_at__gte=since - spare, created_at__lt=until + spare)
    if sought.hour is None and sought.weekday is None:
        return of_days
    of_hours = Q(pk__in=[])
    for begins, ends in _ranges(sought, since, until):
        of_hours |= Q(created_at__gte=begins, created_at__lt=ends)
    return of_days & of_hours


def _ranges(sought: Sought, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when until when it is the hour of the week that is asked for: UTC's hours, as usage is counted."""
    begins: datetime | None = None
    at = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at < until:
        is_asked_for = is_in_week(at, sought.weekday, sought.hour)
        if is_asked_for and begins is None:
            begins = at
        if begins is not None and not is_asked_for:
            yield begins, at
            begins = None
        at += HOUR
    if begins is not None:
        yield begins, at


def page_of(
    found: QuerySet[Hold], models: Models, reader: User, *, before: int | None, size: int = PAGE
) -> tuple[list[Listed], int | None]:
    """Return a page of rows older than a send, and the cursor of the next page, None for the last."""
    rows = found.filter(_older_than(before)) if before else found
    page = list(rows.select_related("project", "user", "model__provider", *_GENERATION)[: size + 1])
    visible = _visible_to(reader, page)
    listed = _listed(page[:size], models, visible)
    return listed, page[size - 1].pk if len(page) > size else None


def _older_than(hold_id: int) -> Q:
    """Return the condition for what stands after a send in the list; after an unknown one nothing does."""
    at = Hold.objects.filter(pk=hold_id).values_list("created_at", flat=True).first()
    if at is None:
        return Q(pk__in=[])
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=hold_id))


def _visible_to(reader: User, page: Sequence[Hold]) -> set[int]:
    """Return the projects that the reader may still open: what they made there stays in their own figures."""
    ids = {hold.project_id for hold in page}
    return set(
        Project.objects.visible_to(reader).filter(pk__in=ids).order_by("id").values_list("pk", flat=True)
    )


def _listed(page: Sequence[Hold], models: Models, visible: Collection[int]) -> list[Listed]:
    settled = LedgerEntry.objects.filter(hold__in=[hold.pk for hold in page], kind=EntryKind.SETTLED)
    entries = settled.order_by("id").values_list("hold_id", "images", "cost_micros")
    charged = {hold_id: (images, micros) for hold_id, images, micros in entries}
    return [_row(hold, charged.get(hold.pk), models, visible) for hold in page]


def _row(
    hold: Hold, charged: tuple[int, int | None] | None, models: Models, visible: Collection[int]
) -> Listed:
    generation: Generation | None = getattr(hold, "generation", None)
    earlier: EarlierSend | None = getattr(hold, "earlier_send", None)
    of = earlier.generation if earlier else generation
    images, micros = charged or (0, 0 if hold.cost_micros is not None else None)
    can_open = of is not None and hold.project_id in visible
    return Listed(
        hold=hold,
        generation=of,
        is_earlier=generation is None,
        key=earlier.key if earlier else generation.key if generation else None,
        model=models.name(models.entry(hold.model_id)),
        images=images,
        cost_micros=micros,
        href=reverse("generation:detail", args=[hold.project.slug, of.pk]) if of and can_open else "",
    )


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
    return page_of(find_sends(sought, models), models, reader, before=cursor, size=AT_ONCE)


def _csv_row(row: Listed) -> CsvRow:
    hold, generation = row.hold, row.generation
    return (
        generation.pk if generation else "",
        timezone.localtime(hold.created_at).isoformat(timespec="seconds"),
        hold.user.display_name,
        hold.user.email,
        hold.project.name,
        row.model,
        hold.model.provider.name if hold.model else "",
        str(row.key) if row.key else "",
        row.state,
        row.code,
        hold.images,
        row.images,
        None if row.cost_micros is None else f"{row.cost_micros / MICROS:.6f}",
        None if row.seconds is None else f"{row.seconds:.1f}",
    )
