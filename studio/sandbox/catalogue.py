"""The models that the sandbox offers, read from the catalogue's data files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from studio.sandbox.shapes import JsonObject, as_object, as_text

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

DATA = Path(__file__).parent.parent / "catalog" / "data"
HUB = "mountsea-hub"
MODELSTREAM = "modelstream"


@dataclass(frozen=True)
class Model:
    """One model as its data file describes it; `wire` maps form fields to places in the request's body."""

    provider: str
    id: str
    name: str
    vendor: str
    mode: str
    capability: str
    description: str
    input_schema: JsonObject = field(repr=False)
    example: JsonObject = field(repr=False)
    wire: JsonObject = field(repr=False)
    hints: JsonObject = field(repr=False)

    @property
    def properties(self) -> JsonObject:
        return as_object(self.input_schema["properties"])

    @cached_property
    def validator(self) -> "Validator":
        """The strict check: the schema, the bounds that are known from upstream, and no unknown fields."""
        # Imported late: jsonschema costs 15 MB, and a sandbox at rest checks nothing.
        from jsonschema import Draft202012Validator

        properties = {
            name: self._with_hints(name, as_object(rules)) for name, rules in self.properties.items()
        }
        schema = {**self.input_schema, "properties": properties, "additionalProperties": False}
        return Draft202012Validator(schema)

    def _with_hints(self, name: str, rules: JsonObject) -> JsonObject:
        bounds = {key: value for key, value in as_object(self.hints.get(name)).items() if key != "note"}
        return {**rules, **bounds}


def load_models(folder: Path = DATA) -> Mapping[str, Mapping[str, Model]]:
    """Read every data file: provider -> model id -> model."""
    models: dict[str, dict[str, Model]] = {HUB: {}, MODELSTREAM: {}}
    for path in sorted(folder.glob("*.json")):
        model = _read_model(json.loads(path.read_text(encoding="utf-8")))
        models.setdefault(model.provider, {})[model.id] = model
    return models


def _read_model(data: JsonObject) -> Model:
    return Model(
        provider=as_text(data["provider"]),
        id=as_text(data["model"]),
        name=as_text(data.get("name")),
        vendor=as_text(data.get("vendor")),
        mode=as_text(data.get("mode")),
        capability=as_text(data.get("capability")) or "image",
        description=as_text(data.get("description")),
        input_schema=as_object(data["input_schema"]),
        example=as_object(data.get("example")),
        wire=as_object(data.get("wire")),
        hints=as_object(data.get("upstream_hints")),
    )
