"""What a provider says of a model, version by version: its fields as they are drawn, its schema, its example."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from urllib.parse import urlencode

from studio.administration.finding import read_words
from studio.administration.ways import Way
from studio.catalog.comparing import Change, compare
from studio.catalog.forms import InputForm, build_form
from studio.catalog.models import ImageModel, ModelSchema
from studio.catalog.queries import overlay_of
from studio.catalog.schema import normalise
from studio.catalog.spec import Field, Spec
from studio.kit.errors import Invalid
from studio.kit.parameters import read_id

TABS = {"about": "About", "fields": "Fields", "schema": "Schema", "example": "Example"}
# Every provider changes a schema now and then; what is older than these is in no list.
MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Look:
    """What of a model's page is looked at: a tab, of one of its twins (`of`, an id) and of one of its versions.

    `words` are those by which models are looked for beside it.
    """

    tab: str = "about"
    of: int | None = None
    version: int | None = None
    words: str = ""

    @property
    def query(self) -> str:
        """What stands behind the page's path in its address: "?" for how it opens."""
        tab = "" if self.tab == "about" else self.tab
        said = {"show": tab, "of": self.of, "version": self.version, "q": self.words}
        said = {name: value for name, value in said.items() if value}
        return f"?{urlencode(said)}"


def read_look(asked: Mapping[str, str]) -> Look:
    """Read `show`, `of` and `version` of an address; what makes no sense is not asked for."""
    tab = asked.get("show", "")
    return Look(
        tab if tab in TABS else "about",
        read_id(asked.get("of")),
        read_id(asked.get("version")),
        read_words(asked),
    )


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the schema and what it changed against the one before; `sentence` says it where that is nothing."""

    schema: ModelSchema
    changes: list[Change]
    sentence: str
    query: str
    is_in_use: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One version of one model of an entry. `form` is None where none can be drawn, and `problem` says why."""

    look: Look
    tabs: list[Way]
    twins: list[Way]
    versions: list[Version]
    schema: ModelSchema | None
    form: InputForm | None
    hidden: list[Field]
    problem: str

    @property
    def schema_text(self) -> str:
        return _written(self.schema.input_schema) if self.schema else ""

    @property
    def example_text(self) -> str:
        return _written(self.schema.example) if self.schema and self.schema.example else ""


def sheet_of(models: list[ImageModel], look: Look) -> Sheet:
    """Return what is looked at of an entry's models: the first, and its newest version, if it says nothing else."""
    model = next((each for each in models if each.pk == look.of), models[0])
    newest = list(model.schemas.order_by("-version")[: MOST_VERSIONS + 1])
    asked = look.version if look.version else model.schema.version if model.schema else 0
    shown = next((each for each in newest if each.version == asked), model.schema)
    spec, problem = _spec(model, shown)
    return Sheet(
        look=look,
        tabs=[Way(label, replace(look, tab=tab).query, tab == look.tab) for tab, label in TABS.items()],
        twins=_twins(models, model, look),
        versions=_versions(model, newest, shown, look),
        schema=shown,
        form=build_form(spec) if spec else None,
        hidden=[field for field in spec.fields if field.is_hidden] if spec else [],
        problem=problem,
    )


def _twins(models: list[ImageModel], model: ImageModel, look: Look) -> list[Way]:
    if len(models) < 2:
        return []
    # The first is the one that a page shows anyway, and a version is one of a single model.
    ways = [(None if each == models[0] else each.pk, each) for each in models]
    words = ("Makes", "Edits")
    return [
        Way(word, replace(look, of=pk, version=None).query, each == model)
        for word, (pk, each) in zip(words, ways, strict=True)
    ]


def _versions(
    model: ImageModel, newest: list[ModelSchema], shown: ModelSchema | None, look: Look
) -> list[Version]:
    found = []
    for schema, before in zip_longest(newest[:MOST_VERSIONS], newest[1:]):
        if schema is None:
            break
        changes, sentence = _changes(model, before, schema)
        version = None if schema == model.schema else schema.version
        # A version is looked at, not told about.
        query = replace(look, tab="fields" if look.tab == "about" else look.tab, version=version).query
        found.append(Version(schema, changes, sentence, query, schema == model.schema, schema == shown))
    return found


def _changes(model: ImageModel, before: ModelSchema | None, after: ModelSchema) -> tuple[list[Change], str]:
    """Return what a version changed in the form, or a sentence where that can't be told."""
    if before is None:
        return [], "The first one."
    old, new = _spec(model, before)[0], _spec(model, after)[0]
    if old is None or new is None:
        return [], "No form can be made of it, or of the one before."
    changes = compare(old, new)
    return changes, "" if changes else "Its example, or how it is written; the form stayed the same."


def _spec(model: ImageModel, schema: ModelSchema | None) -> tuple[Spec | None, str]:
    """Return what a version asks for, or why no form can be made of it."""
    if schema is None:
        return None, "It has no schema yet."
    try:
        return normalise(schema.input_schema, overlay=overlay_of(model)), ""
    except Invalid as refusal:
        return None, refusal.sentence


def _written(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
