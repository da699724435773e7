"""The log as a table for a spreadsheet: all that the filters leave, a few hundred rows at a time."""

import json
from collections.abc import AsyncIterator

from studio.administration.audit_log.filters import Filters, entries_in
from studio.administration.audit_log.lines import Line, lines_of
from studio.audit.actions import record
from studio.kit.csv_answer import CsvRow
from studio.kit.database import before_streaming
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.people.policies import check_can_manage_people

AT_ONCE = 500
HEADS = (
    "line",
    "at",
    "kind",
    "verb",
    "sentence",
    "actor_id",
    "actor",
    "subject_kind",
    "subject_id",
    "project_id",
    "details",
)


def export_entries(*, filters: Filters, by: User) -> AsyncIterator[list[CsvRow]]:
    """Return the rows of an export, the newest first, and write down that it was made. Raises NotAllowed.

    What is written after this is not in it: so it ends.
    """
    check_can_manage_people(by)
    newest = entries_in(filters).values_list("id", flat=True).first() or 0
    record(verb="audit.exported", by=by, details=_narrowed(filters))
    return _rows(filters, before=newest + 1)


def _narrowed(filters: Filters) -> JsonObject:
    """Say what was exported; of what was searched only that it was, since it may be a name."""
    details: JsonObject = {
        "kind": filters.kind,
        "by_or_about": filters.person,
        "project": filters.project,
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
        "searched": bool(filters.text),
    }
    return {name: value for name, value in details.items() if value}


async def _rows(filters: Filters, *, before: int) -> AsyncIterator[list[CsvRow]]:
    while lines := await _read(filters, before):
        yield [_row(line) for line in lines]
        before = lines[-1].entry.pk


@before_streaming
def _read(filters: Filters, before: int) -> list[Line]:
    return lines_of(list(entries_in(filters).filter(id__lt=before)[:AT_ONCE]))


def _row(line: Line) -> CsvRow:
    entry = line.entry
    return (
        entry.pk,
        line.at.isoformat(),
        entry.kind,
        entry.verb,
        line.sentence,
        entry.actor_id,
        line.actor,
        entry.subject_kind,
        entry.subject_id,
        entry.project_id,
        json.dumps(entry.details, ensure_ascii=False),
    )
