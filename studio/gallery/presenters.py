"""What the image page says about an image, as plain values for its template."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from studio.catalog.markers import marked
from studio.gallery.lineage import Source
from studio.generation.links import Links
from studio.generation.models import Batch, Generation, Image
from studio.generation.timeline import Step
from studio.kit.wire import JsonValue

# A wait that is shorter than this needs no line of its own.
SHORTEST_GAP_S = 1.0
LOOKS = {
    "held": "money",
    "settled": "money",
    "released": "money",
    "kept": "money",
    "accepted": "go",
    "ready": "ok",
    "unknown": "unk2",
}
WAITS = {
    "sending": "Waited for its turn",
    "accepted": "Sent, no answer yet",
    "requeued": "Sent, no answer yet",
    "ready": "The provider was at work",
    "fetched": "Fetched the files",
    "stored": "Fetched and checked the files",
}


class Star(TypedDict):
    """The button that marks an image, with the names that tiles give to its parts."""

    key: str
    number: str
    star_url: str
    is_starred: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A step of the timeline, with the wait before it where that is worth a line."""

    step: Step
    look: str
    gap_s: float | None
    gap_reason: str


@dataclass(frozen=True, slots=True)
class Times:
    """Where the time of a generation went, in seconds; None where a moment was not reached."""

    total_s: float | None
    waiting_s: float | None
    provider_s: float | None
    ours_s: float | None


def star_of(image: Image, links: Links, *, is_starred: bool) -> Star:
    """Return the star of one image."""
    key = str(image.pk)
    url = links.to("gallery:star", key)
    return Star(key=key, number=str(image.position + 1), star_url=url, is_starred=is_starred)


def timeline_lines(steps: Sequence[Step]) -> list[Line]:
    """Return the steps as the timeline shows them."""
    return [
        Line(
            step,
            LOOKS.get(step.kind, ""),
            step.wait_s if step.wait_s is not None and step.wait_s >= SHORTEST_GAP_S else None,
            WAITS.get(step.kind, "Nothing to do"),
        )
        for step in steps
    ]


def times_of(generation: Generation) -> Times:
    """Return where the time went: until it was sent, at the provider, and with us."""
    return Times(
        total_s=_between(generation.created_at, generation.finished_at),
        waiting_s=_between(generation.created_at, generation.submitted_at),
        provider_s=_between(generation.submitted_at, generation.ready_at),
        ours_s=_between(generation.ready_at, generation.finished_at),
    )


def full_request(batch: Batch, sources: Sequence[Source]) -> str:
    """Return as JSON what the provider is asked for, with each upload as the name of its file."""
    names = {source.upload.pk: source.upload.name for source in sources}
    request = {
        "model": f"{batch.model.provider.slug}:{batch.model.slug}",
        "input": {name: _with_names(value, names) for name, value in batch.input.items()},
    }
    return json.dumps(request, indent=2, ensure_ascii=False)


def _with_names(value: JsonValue, names: Mapping[int, str]) -> JsonValue:
    if isinstance(value, list):
        return [_with_names(each, names) for each in value]
    number = marked(value)
    return value if number is None else f"upload {number}: {names.get(number, 'gone')}"


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
