"""The log as the page shows it: days, and in each its lines with a sentence and the facts that unfold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from string import Formatter

from django.utils import timezone

from studio.administration.audit_log.facts import Fact, facts_of, write_route
from studio.administration.audit_log.names import Names, names_in
from studio.administration.audit_log.sentences import wording_of
from studio.audit.models import AuditEntry
from studio.projects.queries import words_for_images


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence; names are set in bold."""

    text: str
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    entry: AuditEntry
    parts: list[Part]
    icon: str
    is_alarming: bool
    facts: list[Fact]
    actor: str
    project: str
    source: str

    @property
    def at(self) -> datetime:
        return timezone.localtime(self.entry.at)

    @property
    def sentence(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Day:
    heading: str
    lines: list[Line]


def lines_of(entries: Sequence[AuditEntry]) -> list[Line]:
    """Return the lines of these entries, with a constant number of queries."""
    names = names_in(entries)
    return [_line(entry, names) for entry in entries]


def days_of(lines: Sequence[Line], *, today: date, shown: date | None = None) -> list[Day]:
    """Put lines under the headings of their days; the day that is `shown` above already gets none."""
    return [
        Day("" if day == shown else _heading(day, today), list(group))
        for day, group in groupby(lines, key=lambda line: line.at.date())
    ]


def _line(entry: AuditEntry, names: Names) -> Line:
    wording = wording_of(entry.verb)
    return Line(
        entry=entry,
        parts=list(_parts(wording.text, entry, names)),
        icon=wording.icon,
        is_alarming=wording.is_alarming,
        facts=facts_of(entry, names),
        actor=names.of_actor(entry),
        project=names.of("project", entry.project_id) if entry.project_id else "",
        source=str(entry.details.get("address", "")),
    )


def _parts(text: str, entry: AuditEntry, names: Names) -> Iterator[Part]:
    for words, name, _, _ in Formatter().parse(text):
        if words:
            yield Part(words)
        if name:
            yield Part(_named(name, entry, names), is_name=name not in ("count", "state", "verb"))


def _named(name: str, entry: AuditEntry, names: Names) -> str:
    if name == "actor":
        return names.of_actor(entry)
    if name == "subject":
        return names.of_subject(entry)
    if name == "project":
        return names.of("project", entry.project_id)
    if name == "person":
        return names.of("user", entry.details.get("person"))
    if name == "count":
        return words_for_images(int(entry.details.get("count", 0)))
    if name == "route":
        return write_route(str(entry.details.get("route", "")))
    if name == "verb":
        return entry.verb
    return str(entry.details.get(name, "")).replace("_", " ")


def _heading(day: date, today: date) -> str:
    ago = (today - day).days
    if ago in (0, 1):
        return f"{'Today' if ago == 0 else 'Yesterday'}, {day.day} {day:%B}"
    return f"{day.day} {day:%B %Y}"
