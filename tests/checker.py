"""Compares what Studio believes with what is on disk and on the provider's bill: the promise, put to the proof.

Nothing is lost, nothing is sent twice, nothing is stored twice, and every image that the provider charges is
settled or held. It reads the tables directly, not through Studio's own code, so that a mistake there can't hide.
It may be asked at any time: what is still on its way is held to what must be true of it then.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Query = Callable[[str], list[Row]]

ENDED = ("succeeded", "failed", "cancelled")
# What a hold may be while its generation is in a status.
HOLDS = {
    "queued": ("open",),
    "submitting": ("open",),
    "running": ("open", "kept"),
    "fetching": ("open", "kept"),
    "succeeded": ("settled",),
    "failed": ("settled", "released"),
    "cancelled": ("settled", "released"),
    "unknown": ("kept",),
}
WIDTHS = (320, 640, 1280)
# Settled though nobody said that it was charged: the provider may have taken money for nothing.
PRESUMED = ("presumed charged", "charged, nothing delivered")


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong, in sentences; and files that no row knows, which a kill may leave but nothing else."""

    problems: list[str]
    statuses: Counter[str]
    leftovers: list[str]


@dataclass(slots=True)
class Books:
    """All that is compared: Studio's tables, its files, and the bill."""

    generations: list[Row]
    holds: dict[int, Row]
    entries: dict[int, list[Row]]
    images: dict[int, list[Row]]
    steps: dict[int, Counter[str]]
    uploads: list[Row]
    media: Path
    bill: Mapping[str, Any]
    charged: Counter[str] = field(default_factory=Counter)


def check(query: Query, media: Path, bill: Mapping[str, Any]) -> Report:
    """Check everything. `bill` is the answer to GET /sandbox/bill; prompts must tell the generations apart."""
    books = _read(query, media, bill)
    problems = [
        sentence
        for look in (_lives, _holds, _ledger, _sends, _strangers, _money, _images, _files)
        for sentence in look(books)
    ]
    statuses = Counter(row["status"] for row in books.generations)
    return Report(problems, statuses, sorted(_leftovers(books)))


def _read(query: Query, media: Path, bill: Mapping[str, Any]) -> Books:
    entries, images, steps = defaultdict(list), defaultdict(list), defaultdict[int, Counter[str]](Counter)
    for row in query("SELECT * FROM studio_ledgerentry ORDER BY id"):
        entries[row["hold_id"]].append(row)
    for row in query("SELECT * FROM studio_image ORDER BY generation_id, position"):
        images[row["generation_id"]].append(row)
    for row in query("SELECT generation_id, kind FROM studio_timelineentry"):
        steps[row["generation_id"]][row["kind"]] += 1
    books = Books(
        generations=query(
            "SELECT g.*, b.prompt FROM studio_generation g JOIN studio_batch b ON b.id = g.batch_id ORDER BY g.id"
        ),
        holds={row["id"]: row for row in query("SELECT * FROM studio_hold")},
        entries=entries,
        images=images,
        steps=steps,
        uploads=query("SELECT * FROM studio_upload"),
        media=media,
        bill=bill,
    )
    for row in bill["submissions"]:
        if row["charged"]:
            # Words instead of a picture are charged as what was asked for.
            books.charged[row["prompt"]] += row["images"] or row["images_asked"]
    return books


def _lives(books: Books) -> Iterator[str]:
    """Nobody is lost: each has ended, waits for a person, or will be looked at again."""
    for row in books.generations:
        name, status = _name(row), row["status"]
        is_over = status in ENDED or status == "unknown"
        if not is_over and row["next_action_at"] is None:
            yield f"{name} is {status}, and nobody will look at it again"
        if is_over and (row["next_action_at"] or row["lease_owner"] or row["lease_until"]):
            yield f"{name} is {status}, but somebody still holds it or will look at it"
        if (status in ENDED) != (row["finished_at"] is not None):
            yield f"{name} is {status}, finished at {row['finished_at']}"
        if status in ("failed", "unknown") and not row["problem"]:
            yield f"{name} is {status} without a reason"
        if books.steps[row["id"]]["sending"] != row["attempt"]:
            yield f"{name} has {row['attempt']} attempts, {books.steps[row['id']]['sending']} in its timeline"


def _holds(books: Books) -> Iterator[str]:
    """Each generation has a hold that fits its status; those without one were closed before another send."""
    for row in books.generations:
        state = books.holds[row["hold_id"]]["state"]
        if state not in HOLDS[row["status"]]:
            yield f"{_name(row)} is {row['status']}, its hold is {state}"
    current = {row["hold_id"] for row in books.generations}
    for id, hold in books.holds.items():
        if id not in current and hold["state"] not in ("settled", "released"):
            yield f"hold {id} is {hold['state']}, and no generation knows it"


def _ledger(books: Books) -> Iterator[str]:
    """The ledger tells the same: opened once, closed once or not yet."""
    for id, hold in books.holds.items():
        kinds = Counter(entry["kind"] for entry in books.entries[id])
        closings = kinds["settled"] + kinds["released"]
        if kinds["held"] != 1:
            yield f"hold {id} was opened {kinds['held']} times"
        if closings != (hold["state"] in ("settled", "released")):
            yield f"hold {id} is {hold['state']}, closed {closings} times"
        elif closings and not kinds[hold["state"]]:
            yield f"hold {id} is {hold['state']}, the ledger says otherwise"
        if hold["state"] == "kept" and not kinds["kept"]:
            yield f"hold {id} is kept, the ledger doesn't say so"


def _sends(books: Books) -> Iterator[str]:
    """Nothing was sent twice: once for each generation, and once more each time that a person said so."""
    intents, allowed = Counter[str](), Counter[str]()
    for row in books.generations:
        # What waited in a backup may have been sent by the installation that the backup is of.
        intents[row["prompt"]] += row["attempt"] + books.steps[row["id"]]["restored"]
        allowed[row["prompt"]] += 1 + books.steps[row["id"]]["sent_again"]
    for prompt, times in books.bill["idempotency"].items():
        if times > allowed[prompt]:
            yield f"“{prompt}” was accepted {times} times instead of {allowed[prompt]}"
    for prompt, times in books.bill["attempts"].items():
        if times > intents[prompt]:
            yield f"“{prompt}” arrived {times} times, but was meant to be sent {intents[prompt]} times"


def _strangers(books: Books) -> Iterator[str]:
    """Task ids are the provider's own, each of one generation, of the same prompt."""
    billed = {row["id"]: row["prompt"] for row in books.bill["submissions"]}
    known = Counter(row["task_id"] for row in books.generations if row["task_id"])
    for row in books.generations:
        if not row["task_id"]:
            continue
        if known[row["task_id"]] > 1:
            yield f"{_name(row)} shares its task with another generation"
        if billed.get(row["task_id"]) != row["prompt"]:
            yield f"{_name(row)} follows a task that isn't its own"


def _money(books: Books) -> Iterator[str]:
    """For each prompt and in total: charged is at least settled (but for what was presumed), at most settled and held."""
    settled, presumed, held = Counter[str](), Counter[str](), Counter[str]()
    prompts = {row["hold_id"]: row["prompt"] for row in books.generations}
    for id, hold in books.holds.items():
        prompt = prompts.get(id, "")  # the hold of an earlier send: in the total only
        for entry in books.entries[id]:
            settled[prompt] += entry["images"] * (entry["kind"] == "settled")
            presumed[prompt] += entry["images"] * (entry["reason"] in PRESUMED)
        held[prompt] += hold["images"] * (hold["state"] in ("open", "kept"))
    for prompt in [] if settled[""] else {*prompts.values(), *books.charged}:
        charged, low, high = (
            books.charged[prompt],
            settled[prompt] - presumed[prompt],
            settled[prompt] + held[prompt],
        )
        if not low <= charged <= high:
            yield f"“{prompt}”: {charged} charged, {settled[prompt]} settled, {held[prompt]} held"
    charged, low, high = (
        books.charged.total(),
        settled.total() - presumed.total(),
        settled.total() + held.total(),
    )
    if not low <= charged <= high:
        yield f"in total: {charged} charged, {settled.total()} settled, {held.total()} held"


def _images(books: Books) -> Iterator[str]:
    """What has ended well has its images; nothing else has any."""
    for row in books.generations:
        images = books.images[row["id"]]
        if row["status"] == "succeeded" and not images:
            yield f"{_name(row)} succeeded without an image"
        if row["status"] not in ("succeeded", "cancelled") and images:
            yield f"{_name(row)} is {row['status']}, but has images"
        if [image["position"] for image in images] != list(range(len(images))):
            yield f"{_name(row)} has images at {[image['position'] for image in images]}"
        if row["status"] == "cancelled" and any(image["deleted_at"] is None for image in images):
            yield f"{_name(row)} was cancelled, but its images aren't in the trash"


def _files(books: Books) -> Iterator[str]:
    """Each image is on disk once, with the bytes that were stored, in its final place."""
    rows = [image for images in books.images.values() for image in images]
    for name, times in Counter(image["file"] for image in rows).items():
        if times > 1 or not name.startswith("images/"):
            yield f"the file {name} is that of {times} images"
    for image in rows:
        file = books.media / image["file"]
        if not file.exists():
            yield f"image {image['id']} has no file"
        elif (content := file.read_bytes()) and hashlib.sha256(content).hexdigest() != image["sha256"]:
            yield f"image {image['id']} has other bytes than were stored"
        elif len(content) != image["size_bytes"]:
            yield f"image {image['id']} has {len(content)} bytes instead of {image['size_bytes']}"
        for width in _widths(image):
            if not (books.media / _thumbnail(image, width)).exists():
                yield f"image {image['id']} has no thumbnail of {width} px"


def _leftovers(books: Books) -> Iterator[str]:
    """Name the files that neither an image, nor an upload, nor a generation on its way knows."""
    images = [image for of_one in books.images.values() for image in of_one]
    known = {row["file"] for row in (*images, *books.uploads)}
    known |= {_thumbnail(row, width) for row in (*images, *books.uploads) for width in WIDTHS}
    pending = " ".join(str(row["result_files"]) for row in books.generations if row["status"] == "fetching")
    for folder in ("images", "thumbnails", "incoming", "tmp"):
        for file in (books.media / folder).rglob("*"):
            name = str(file.relative_to(books.media))
            if file.is_file() and name not in known and name not in pending:
                yield name


def _thumbnail(image: Row, width: int) -> str:
    path = Path(image["file"])
    return f"thumbnails/{path.parent.name}/{path.stem}-{width}.webp"


def _widths(image: Row) -> set[int]:
    """The widths that the row promises; the first is made before the row."""
    widths = image["thumbnail_widths"]
    return {640, *(json.loads(widths) if isinstance(widths, str) else widths)}


def _name(row: Row) -> str:
    return f"generation {row['id']}"
