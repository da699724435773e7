"""What a usage page is asked for: a period and filters, read from its address and written into those of its links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from studio.kit import clock
from studio.kit.money import rounded_dollars
from studio.kit.parameters import read_day, read_id
from studio.spending.usage import Figures, Span

PERIODS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}
PERIOD_LABELS = {"24h": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d"}
USUAL = "30d"
LONGEST_DAYS = 731
HOUR_FORMAT = "%Y-%m-%dT%H"
TOO_LONG = "At most two years at a time: the last two of these are shown."
NO_DAY = "“{}” is no day: the last 30 days are shown."
WRONG_DAYS = "The first day has to come before the last: the last 30 days are shown."
# A bar of the plot for each hour, day or week.
MOST_DAYS_BY_DAY = 92
FILTERS = ("project", "user", "model", "provider", "key")


@dataclass(frozen=True, slots=True)
class Asked:
    """A period (`period` is empty for days or an hour of one's own) and what is filtered, by ids.

    `at` is the hour that is asked for, if one is; `wrong` says what didn't fit. A `model` of 0 is what names none.
    """

    span: Span
    period: str = USUAL
    measure: str = "spend"
    project: int | None = None
    user: int | None = None
    model: int | None = None
    provider: int | None = None
    key: int | None = None
    at: datetime | None = None
    wrong: str = ""

    @property
    def bucket(self) -> str:
        """What one bar of the plot stands for: "hour", "day" or "week"."""
        if self.span.since:
            return "hour"
        return "day" if self.span.days <= MOST_DAYS_BY_DAY else "week"

    @property
    def is_filtered(self) -> bool:
        return any(getattr(self, name) is not None for name in FILTERS)

    def measured(self, figures: Figures) -> int:
        """Return what is looked at: micro-dollars or images."""
        return figures.spent_micros if self.measure == "spend" else figures.images

    def write(self, value: int) -> str:
        """Write micro-dollars or images."""
        return rounded_dollars(value) if self.measure == "spend" else f"{value:,}"

    def query(self, changes: Mapping[str, str | int | None] | None = None) -> str:
        """Return the part of an address after its path that asks for this with changes; None leaves out.

        A period, days and an hour of one's own take each other's place.
        """
        is_of_days = not self.period and self.at is None
        said: dict[str, str | int | None] = {
            "period": self.period if self.period != USUAL else None,
            "from": self.span.first.isoformat() if is_of_days else None,
            "to": self.span.last.isoformat() if is_of_days else None,
            "at": f"{self.at:{HOUR_FORMAT}}" if self.at else None,
            "show": self.measure if self.measure != "spend" else None,
            **{name: getattr(self, name) for name in FILTERS},
        }
        changes = changes or {}
        if not changes.keys().isdisjoint(("period", "from", "at")):
            said |= {"period": None, "from": None, "to": None, "at": None}
        said |= changes
        return "?" + urlencode({name: value for name, value in said.items() if value not in (None, "")})

    def on_days(self, first: date, last: date) -> str:
        """Return the query for the same on other days."""
        return self.query({"from": first.isoformat(), "to": last.isoformat()})

    def in_hour(self, starts_at: datetime) -> str:
        """Return the query for the same in an hour of UTC."""
        return self.query({"at": f"{starts_at.astimezone(UTC):{HOUR_FORMAT}}"})


def read_asked(address: Mapping[str, str], *, own_id: int | None = None) -> Asked:
    """Read what is asked for; `own_id` is the person to whom a page of one's own is kept."""
    at = _read_hour(address.get("at", ""))
    span, period, wrong = (_span_of_hour(at), "", "") if at else _read_span(address)
    ids = {name: read_id(address.get(name)) for name in FILTERS}
    if own_id is not None:
        ids |= {"user": own_id, "key": None}
    measure = "images" if address.get("show") == "images" else "spend"
    return Asked(span, period, measure, **ids, at=at, wrong=wrong)


def _read_hour(text: str) -> datetime | None:
    """Read an hour of UTC, such as 2026-11-20T05."""
    try:
        at = datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if read_day(at.date().isoformat()) else None


def _span_of_hour(at: datetime) -> Span:
    until = at + timedelta(hours=1)
    last_moment = until - timedelta(microseconds=1)
    return Span(timezone.localdate(at), timezone.localdate(last_moment), at, until)


def _read_span(address: Mapping[str, str]) -> tuple[Span, str, str]:
    today = timezone.localdate()
    first, last = read_day(address.get("from")), read_day(address.get("to"))
    for name, day in (("from", first), ("to", last)):
        if (text := address.get(name, "")) and not day:
            return span_of(USUAL), USUAL, NO_DAY.format(text[:20])
    if first or last:
        last = last or today
        first = first or last
        if first > last:
            return span_of(USUAL), USUAL, WRONG_DAYS
        if (last - first).days >= LONGEST_DAYS:
            return Span(last - timedelta(days=LONGEST_DAYS - 1), last), "", TOO_LONG
        return Span(first, last), "", ""
    period = address.get("period", "")
    period = period if period in PERIODS else USUAL
    return span_of(period), period, ""


def span_of(period: str) -> Span:
    """Return a period that ends now; 24 h are the hour that runs and the 23 before it."""
    today = timezone.localdate()
    if period != "24h":
        return Span(today - timedelta(days=PERIODS[period] - 1), today)
    until = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    since = until - timedelta(hours=24)
    return Span(timezone.localtime(since).date(), today, since, until)


def moments_of(span: Span) -> tuple[datetime, datetime]:
    """Return from when until when: the first moment that belongs to a span, and the first after it."""
    zone = timezone.get_current_timezone()
    since = span.since or datetime.combine(span.first, time(), zone)
    return since, span.until or datetime.combine(span.last + timedelta(days=1), time(), zone)


def words_of(span: Span) -> str:
    """Write a span as people say it: "22 October – 20 November", with the year where it isn't this one."""
    if span.since and span.until:
        if span.until - span.since > timedelta(hours=1):
            return "The last 24 hours"
        since, until = map(timezone.localtime, (span.since, span.until))
        return f"{since.day} {since:%B}, {since:%H:%M} – {until:%H:%M}"
    year = timezone.localdate().year
    first, last = (
        f"{day.day} {day:%B}" + (f" {day.year}" if day.year != year else "")
        for day in (span.first, span.last)
    )
    return first if first == last else f"{first} – {last}"
