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
from studio.kit.wire import JsonValue


class Star(TypedDict):
    """The button that marks an image, with the names that tiles give to its parts."""

    key: str
    number: str
    star_url: str
    is_starred: bool


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
