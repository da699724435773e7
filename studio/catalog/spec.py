"""What a model's input looks like to a person: fields, options, limits, overlays. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from studio.catalog.sizes import SizeRule
from studio.kit.wire import JsonObject, JsonValue

Kind = Literal[
    "string",
    "choice",
    "integer",
    "number",
    "boolean",
    "file",
    "files",
    "strings",
    "object",
    "objects",
    "either",
    "json",
]
Role = Literal["", "prompt", "references", "mask", "aspect_ratio", "size", "resolution", "count", "seed"]

# Above this JavaScript, and so the JSON of many servers, loses digits.
LARGEST_INTEGER = 2**53 - 1


def key_of(value: JsonValue) -> str:
    """Write an option's value as forms and command lines do: 2, true, 4:5."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice, and the word for it. `key` is the value as forms and commands write it."""

    value: str | int | float | bool
    label: str

    @property
    def key(self) -> str:
        return key_of(self.value)


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a model.

    `default` None: the schema has none. `above` and `below` are exclusive bounds. A hidden field isn't asked
    for: it is sent only if the schema requires it, and then as `fixed`. `fields` are an object's, `item` is
    an array's, `variants` are those of a value that may have one of several shapes. `examples` are texts that
    the schema names for a text, which may be another one all the same. `usual` is what the provider takes where a
    part of a group is left out. `preset` is what the form begins with in place of the default; a hidden field that
    `is_pinned` is always sent as `fixed`. With `takes_images` its values are
    images: uploads, or addresses that an input brought along.
    """

    name: str
    kind: Kind
    title: str
    help: str = ""
    required: bool = False
    default: JsonValue = None
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    pattern: str = ""
    role: Role = ""
    is_advanced: bool = False
    is_hidden: bool = False
    fixed: JsonValue = None
    unset_label: str = "Default"
    fields: tuple["Field", ...] = ()
    item: "Field | None" = None
    size_rule: SizeRule | None = None
    variants: tuple["Field", ...] = ()
    examples: tuple[str, ...] = ()
    usual: JsonValue = None
    preset: JsonValue = None
    is_pinned: bool = False
    takes_images: bool = False

    @property
    def start(self) -> JsonValue:
        """What the form begins with."""
        return self.default if self.preset is None else self.preset

    @property
    def most_images(self) -> int | None:
        """How many images the field takes, None where there is no limit."""
        return self.max_items if self.kind in ("files", "strings") else 1

    @property
    def is_bounded(self) -> bool:
        return self.minimum is not None and self.maximum is not None


@dataclass(frozen=True, slots=True)
class FieldOverlay:
    """What the schema of one field can't say. None leaves what the schema says."""

    role: Role | None = None
    title: str | None = None
    help: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_items: int | None = None
    is_advanced: bool | None = None
    size_rule: SizeRule | None = None
    is_hidden: bool = False
    fixed: JsonValue = None
    is_pinned: bool = False
    preset: JsonValue = None
    labels: Mapping[str, str] = field(default_factory=dict)
    unset_label: str | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the schema of a model can't say. `max_calls`: how many calls one press of the button may make."""

    fields: Mapping[str, FieldOverlay] = field(default_factory=dict)
    max_calls: int = 1


@dataclass(frozen=True, eq=False)
class Spec:
    """A model's input: its fields in order, and the plain schema with the overlay's limits in it."""

    fields: tuple[Field, ...]
    schema: JsonObject = field(repr=False)
    max_calls: int = 1

    @property
    def shown(self) -> tuple[Field, ...]:
        """The fields that a person fills."""
        return tuple(each for each in self.fields if not each.is_hidden)

    def find(self, name: str) -> Field | None:
        return next((each for each in self.fields if each.name == name), None)

    def with_role(self, role: Role) -> Field | None:
        return next((each for each in self.fields if each.role == role), None)
