"""Recorded-style answers for the tests of the adapters."""

import json
from pathlib import Path
from typing import Any

from studio.kit.wire import HttpAnswer

CATALOG_DATA = Path(__file__).parents[3] / "studio" / "catalog" / "data"


def answer(body: Any = b"", status: int = 200, **headers: str) -> HttpAnswer:
    """An answer as `studio.kit.http` hands it over; keyword `retry_after` becomes the header retry-after."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def model_file(name: str) -> dict[str, Any]:
    """The catalogue's data file of one model."""
    found: dict[str, Any] = json.loads((CATALOG_DATA / f"{name}.json").read_text())
    return found
