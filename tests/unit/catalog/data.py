"""The offered models as the documents describe them, without a database."""

import json
from pathlib import Path
from typing import Any

from studio.catalog.overlays import overlay_for
from studio.catalog.schema import normalise
from studio.catalog.spec import Spec

DATA = Path(__file__).parents[3] / "studio" / "catalog" / "data"
FILES = {
    "nano-banana": "mountsea-hub.nano-banana",
    "nano-banana-2": "mountsea-hub.nano-banana-2",
    "nano-banana-pro": "mountsea-hub.nano-banana-pro",
    "gpt-image-2": "mountsea-hub.gpt-image-2",
    "NB2": "modelstream.NB2",
    "I4G1": "modelstream.I4G1",
    "z-image-turbo": "modelstream.z-image-turbo",
}
PROVIDERS = {
    slug: "mountsea" if file.startswith("mountsea") else "modelstream" for slug, file in FILES.items()
}
ALL_FILES = sorted(path.stem for path in DATA.glob("*.json"))


def read(file: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / f"{file}.json").read_text(encoding="utf-8"))
    return document


def spec(slug: str) -> Spec:
    return normalise(read(FILES[slug])["input_schema"], overlay=overlay_for(PROVIDERS[slug], slug))
