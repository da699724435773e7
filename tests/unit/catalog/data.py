"""The offered models as the documents describe them, without a database."""

import json
from pathlib import Path
from typing import Any

from studio.catalog.overlays import overlay_for
from studio.catalog.schema import normalise
from studio.catalog.spec import Spec

DATA = Path(__file__).parents[3] / "studio" / "catalog" / "data"
# Two providers have a gpt-image-2.
FILES = {
    "nano-banana": "mountsea-hub.nano-banana",
    "nano-banana-edit": "mountsea-hub.nano-banana-edit",
    "nano-banana-2": "mountsea-hub.nano-banana-2",
    "nano-banana-2-edit": "mountsea-hub.nano-banana-2-edit",
    "nano-banana-pro": "mountsea-hub.nano-banana-pro",
    "nano-banana-pro-edit": "mountsea-hub.nano-banana-pro-edit",
    "gpt-image-2": "mountsea-hub.gpt-image-2",
    "gpt-image-2-edit": "mountsea-hub.gpt-image-2-edit",
    "modelstream:gpt-image-2": "modelstream.gpt-image-2",
    "NB2": "modelstream.NB2",
    "NBP": "modelstream.NBP",
    "I4G1": "modelstream.I4G1",
    "z-image-turbo": "modelstream.z-image-turbo",
}
ALL_FILES = sorted(path.stem for path in DATA.glob("*.json"))


def read(file: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / f"{file}.json").read_text(encoding="utf-8"))
    return document


def spec(name: str) -> Spec:
    document = read(FILES[name])
    provider = "mountsea" if document["provider"] == "mountsea-hub" else "modelstream"
    return normalise(document["input_schema"], overlay=overlay_for(provider, document["model"]))
