"""Two more rules of the checker: what the user reads is clear, and no secret is told anywhere.

Of whatever has ended, is unknown or waits, its own page says what happened, what became of the money, and what can
be done. What the page must say is asked of the page as a browser gets it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.bench.markup import Element, parse
from tests.checker import Query, Row
from tests.leaks import Search

DECIDED, TOLD = ("failed", "cancelled", "unknown"), 10
MONEY = ("charged", "held", "settled", "released")


def find_unclear(generations: Iterable[Row], read: Callable[[int], str]) -> Iterator[str]:
    """Say what is missing on the pages of these generations (id, status); `read` gives the page of an id."""
    for row in generations:
        name, page = f"the page of generation {row['id']} ({row['status']})", parse(read(row["id"]))
        if row["status"] in DECIDED:
            yield from (f"{name} doesn't say {what}" for what in _missing_of_ended(page, row["status"]))
        elif row["status"] == "succeeded" and not page.find(".stage img"):
            yield f"{name} shows no image"
        elif row["status"] == "queued" and len(_words(page, ".card.queued span")) < TOLD:
            yield f"{name} doesn't say why it waits"
        if row["status"] not in DECIDED and not any(word in _words(page, ".fsum") for word in MONEY):
            yield f"{name} doesn't say what is held or paid"


def _missing_of_ended(page: Element, status: str) -> Iterator[str]:
    """A person who cancelled knows why; everything else has a reason, in at least one whole sentence."""
    if len(_words(page, ".unkcard h1")) < len("Failed"):
        yield "what happened"
    if status != "cancelled" and not _is_sentence(_words(page, ".unkcard header p")):
        yield "why"
    if not any(word in _words(page, ".unkcard") for word in MONEY):
        yield "whether it cost money"
    if not page.find(".unkcard .ways .btn"):
        yield "what can be done"


def _words(page: Element, selector: str) -> str:
    found = page.find(selector)
    return found.text() if found else ""


def _is_sentence(text: str) -> bool:
    return len(text) > TOLD and text[0].isupper() and text.endswith((".", "!", "?"))


def find_secrets(
    secrets: Mapping[str, str],
    query: Query,
    tables: Iterable[str],
    files: Iterable[Path],
    pages: Iterable[str],
) -> list[str]:
    """Say where secrets (name: secret) are found in all tables, in these files, and on these pages."""
    searches = {name: Search(secret) for name, secret in secrets.items()}

    def look(place: str, text: object) -> None:
        for search in searches.values():
            search.look(place, text)

    for table in tables:
        for row in query(f'SELECT * FROM "{table}"'):
            for column, value in row.items():
                look(f"{table}.{column}", bytes(value) if isinstance(value, memoryview) else value)
    for file in files:
        look(file.name, file.read_bytes())
    for page in pages:
        look("a page", page)
    return [f"{name} is found in {place}" for name, search in searches.items() for place in search.places]
