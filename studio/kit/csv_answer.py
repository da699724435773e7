"""Answers with a table as CSV, which is read and sent piece by piece: it may have millions of rows.

A spreadsheet takes what begins with =, +, - or @ for a formula, and what a user typed may begin so: such a text gets
an apostrophe before it, as OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from io import StringIO

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# By it Excel knows that the file is UTF-8.
_BYTE_ORDER_MARK = "\ufeff"

CsvRow = Sequence[str | int | None]


def answer_with_csv(
    heads: Sequence[str], pieces: AsyncIterator[Iterable[CsvRow]], *, name: str
) -> StreamingHttpResponse:
    """Answer with a table as a download of this name; `pieces` are its rows, some at a time."""
    response = StreamingHttpResponse(_sent(heads, pieces), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def write_csv(rows: Iterable[CsvRow]) -> str:
    """Write rows as CSV in which no spreadsheet finds a formula; numbers stay numbers."""
    text = StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


async def _sent(heads: Sequence[str], pieces: AsyncIterator[Iterable[CsvRow]]) -> AsyncIterator[str]:
    yield _BYTE_ORDER_MARK + write_csv([heads])
    async for rows in pieces:
        yield write_csv(rows)


def _safe(cell: str | int | None) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
