"""The index of the gallery's words: SQLite's FTS5 or PostgreSQL's tsvector behind one set of functions.

Each image has one entry: the words of its prompt, and marks for its project, model, author and shape, so that one
question answers words and filters together. Words are cut and folded here (`words.py`), so that both databases find
the same; what they get are bare lexemes, of which no syntax can be made. An entry is written in the transaction that
stores its image. A missing entry hides the image from searches only; one too many is never shown.
"""

# ruff: noqa: S608  what goes into the statements is written here; values are parameters.
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from studio.gallery.typed import SHORTEST_PREFIX, Term
from studio.gallery.words import words_of
from studio.generation.models import Image

TABLE = "studio_imagewords"
ENTRY_FIELDS = ("id", "project_id", "model_id", "author_id", "shape", "generation__batch__prompt")
BATCH = 500

# FTS5 streams the images of a beginning whose length it has an index for; of any other it gathers all before it tells
# the first. Few words are longer than twelve letters.
_PREFIXES = " ".join(map(str, range(SHORTEST_PREFIX, 13)))

_CREATE = {
    "sqlite": (
        # The ASCII tokenizer takes everything but ASCII punctuation for a part of a word: ours are cut already.
        f"CREATE VIRTUAL TABLE {TABLE} USING fts5(prompt, marks, tokenize='ascii', prefix='{_PREFIXES}', columnsize=0)",
    ),
    "postgresql": (
        f"CREATE TABLE {TABLE} (image_id bigint PRIMARY KEY, words tsvector NOT NULL)",
        # The planner knows the common words, and so which are rare: also of those that a beginning may stand for.
        f"ALTER TABLE {TABLE} ALTER COLUMN words SET STATISTICS 1000",
        # Without the list of pending entries, which every search would read through.
        f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words) WITH (fastupdate = off)",
    ),
}
_WRITE = {
    "sqlite": f"INSERT OR REPLACE INTO {TABLE} (rowid, prompt, marks) VALUES (%s, %s, %s)",
    "postgresql": f"INSERT INTO {TABLE} (image_id, words) VALUES (%s, CAST(%s AS tsvector)) "
    "ON CONFLICT (image_id) DO UPDATE SET words = excluded.words",
}
ID_COLUMN = {"sqlite": f"{TABLE}.rowid", "postgresql": f"{TABLE}.image_id"}
MATCHES = {"sqlite": f"{TABLE} MATCH %s", "postgresql": f"{TABLE}.words @@ CAST(%s AS tsquery)"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of an image."""

    image_id: int
    project_id: int
    model_id: int
    author_id: int
    shape: str
    prompt: str

    @property
    def marks(self) -> list[str]:
        return [
            project_mark(self.project_id),
            model_mark(self.model_id),
            author_mark(self.author_id),
            shape_mark(self.shape),
        ]


def project_mark(project_id: int) -> str:
    return f"p{project_id}"


def model_mark(model_id: int) -> str:
    return f"m{model_id}"


def author_mark(person_id: int) -> str:
    return f"a{person_id}"


def shape_mark(shape: str) -> str:
    return f"s{shape}"


def create_index() -> None:
    """Create the empty index; for the migration."""
    _run(_CREATE[connection.vendor])


def drop_index() -> None:
    """Drop the index; for the migration."""
    _run([f"DROP TABLE {TABLE}"])


def add_images(image_ids: Sequence[int]) -> None:
    """Enter new images; called in the transaction that stores them."""
    rows = Image.objects.filter(id__in=image_ids).order_by("id").values_list(*ENTRY_FIELDS)
    write_entries(Entry(*row) for row in rows)


def forget_images(image_ids: Sequence[int]) -> None:
    """Take images out of the index; called in the transaction that deletes them for ever."""
    if not image_ids:
        return
    places = ", ".join(["%s"] * len(image_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE {ID_COLUMN[connection.vendor]} IN ({places})",
            list(image_ids),
        )


@transaction.atomic
def rebuild() -> int:
    """Make the index anew from all images, those in the trash included, and return how many they are."""
    _run([f"DELETE FROM {TABLE}"])
    rows = Image.objects.order_by("id").values_list(*ENTRY_FIELDS).iterator(chunk_size=BATCH)
    return write_entries(Entry(*row) for row in rows)


def write_entries(entries: Iterable[Entry]) -> int:
    """Write entries, instead of those that are there, and return how many."""
    as_row = _as_sqlite_row if connection.vendor == "sqlite" else _as_postgres_row
    written = 0
    with connection.cursor() as cursor:
        for batch in _batches(entries):
            cursor.executemany(_WRITE[connection.vendor], [as_row(entry) for entry in batch])
            written += len(batch)
    return written


def question(*, all_of: Sequence[Sequence[str]], terms: Sequence[Term]) -> str:
    """Return what to ask the index: one mark of each group, and the terms. At least one group has to be given."""
    if connection.vendor == "sqlite":
        return _sqlite_question(all_of, terms)
    return _postgres_question(all_of, terms)


def _as_sqlite_row(entry: Entry) -> tuple[int, str, str]:
    return entry.image_id, " ".join(words_of(entry.prompt)), " ".join(entry.marks)


def _as_postgres_row(entry: Entry) -> tuple[int, str]:
    """Write the vector out: PostgreSQL's own parser would cut words in its own way."""
    words = [f"'{word}':{position}" for position, word in enumerate(words_of(entry.prompt), start=1)]
    return entry.image_id, " ".join([*words, *(f"'={mark}'" for mark in entry.marks)])


def _sqlite_question(all_of: Sequence[Sequence[str]], terms: Sequence[Term]) -> str:
    asked = " AND ".join(
        [
            *(f"marks : ({' OR '.join(_quoted(marks))})" for marks in all_of),
            *(_sqlite_term(term) for term in terms if not term.is_excluded),
        ]
    )
    for term in terms:
        if term.is_excluded:
            asked = f"({asked}) NOT {_sqlite_term(term)}"
    return asked


def _quoted(marks: Sequence[str]) -> list[str]:
    return [f'"{mark}"' for mark in marks]


def _sqlite_term(term: Term) -> str:
    phrase = f'prompt : "{" ".join(term.words)}"'
    return f"{phrase} *" if term.is_prefix else phrase


def _postgres_question(all_of: Sequence[Sequence[str]], terms: Sequence[Term]) -> str:
    groups = [" | ".join(f"'={mark}'" for mark in marks) for marks in all_of]
    return " & ".join([*(f"({group})" for group in groups), *(_postgres_term(term) for term in terms)])


def _postgres_term(term: Term) -> str:
    phrase = " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.is_prefix else "")
    return f"!({phrase})" if term.is_excluded else f"({phrase})"


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while batch := list(islice(left, BATCH)):
        yield batch


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
