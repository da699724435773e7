"""How a field of a spec looks as a control: which template, with which words and values."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from studio.catalog.composites import CUSTOM, PRESET, parts_of, presets_of, shape_of
from studio.catalog.markers import written_id
from studio.catalog.sizes import SizeRule, read_size
from studio.catalog.spec import Field, Kind, Option
from studio.catalog.values import parsed_json, to_text
from studio.kit.wire import JsonValue

_FEW_OPTIONS = 4
_SHORT_OPTIONS = 28
_MANY_OPTIONS = 12
_RARE_RATIO = 3.0
_LONG_TEXT = 200
_SHORT_EXAMPLE = 60
_LONGEST_SEED = 2**31 - 1
_FEW_STEPS, _MOST_STEPS = 100, 10_000
_FEWEST_PLACES = 100
# Less than this a slider can't be read, nor its values be written.
_LEAST_SPAN = 1e-6
_ROUNDING = 1e-9
_PLAIN_ROLES = frozenset({"prompt", "references", "aspect_ratio", "resolution", "count"})


@dataclass(frozen=True, slots=True)
class DrawnOption:
    """One option; a ratio also has its rectangle."""

    key: str
    label: str
    id: str
    is_chosen: bool
    width: int = 0
    height: int = 0
    is_usual: bool = False

    @property
    def is_tall(self) -> bool:
        return self.width <= self.height

    @property
    def is_rare(self) -> bool:
        """A shape so long that it is shown only on request."""
        return bool(self.width) and max(self.width, self.height) / min(self.width, self.height) > _RARE_RATIO


@dataclass(frozen=True, slots=True)
class Preview:
    """How a stored image is shown: a small copy, the file itself, and the page of the image that it is a copy of."""

    thumbnail: str
    original: str
    name: str = ""
    width: int = 0
    height: int = 0
    page: str = ""


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """An image in a control: `value` is what is sent for it, `preview` None where it can't be shown."""

    value: str
    preview: Preview | None


@dataclass(frozen=True, slots=True)
class Places:
    """Where the controls of images send and find them (empty: no such place), and how large a file may be."""

    upload_url: str = ""
    pick_url: str = ""
    use_url: str = ""
    gallery_url: str = ""
    largest_mb: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One control for the templates. `name` and `id` are those of the HTML element, `value` its text."""

    field: Field
    name: str
    value: str
    errors: tuple[str, ...] = ()
    previews: Mapping[int, Preview] = dataclass_field(default_factory=dict)

    @property
    def id(self) -> str:
        # Each other sign by its number, so that two names never make one id.
        return re.sub(r"[^\w.-]", lambda sign: f"-{ord(sign[0]):x}-", self.name).replace(".", "--")

    @property
    def style(self) -> str:
        return _style(self.field)

    @property
    def template(self) -> str:
        return f"catalog/fields/{self.style}.html"

    @property
    def described_by(self) -> str:
        """The ids of the help and the errors."""
        parts = [f"{self.id}-help"] if self.field.help else []
        return " ".join([*parts, f"{self.id}-error"] if self.errors else parts)

    @property
    def help_class(self) -> str:
        """Whether the help is shown, or only read aloud, since the control speaks for itself."""
        return "sr" if self.field.role in _PLAIN_ROLES else "help"

    @property
    def usual(self) -> str:
        """The text of the value that the model would take by itself."""
        text = to_text(self.field, self.field.default)
        return "" if self.field.kind == "boolean" and text == "false" else text

    @property
    def is_changed(self) -> bool:
        return (
            (self.value == "true") != (self.usual == "true")
            if self.style == "switch"
            else self.value != self.usual
        )

    @property
    def is_on(self) -> bool:
        return self.value == "true"

    @property
    def off_value(self) -> str:
        """What a switch says when it is off: nothing, where neither the schema asks for it nor the input says false."""
        is_said = self.field.required or self.field.default is not None or self.value == "false"
        return "false" if is_said else ""

    @property
    def is_long(self) -> bool:
        """Whether there are so many options that one would rather search in them."""
        return len(self.field.options) > _MANY_OPTIONS

    @property
    def has_half_width(self) -> bool:
        return self.style == "stepper"

    @property
    def length(self) -> int:
        return len(self.value.replace("\r\n", "\n"))

    @property
    def limit(self) -> int | None:
        """How many images the control takes, None where there is no limit."""
        return self.field.most_images

    @property
    def images(self) -> list[DrawnImage]:
        """The images in the control, in order."""
        values = [line.strip() for line in self.value.splitlines() if line.strip()]
        return [DrawnImage(value, self.previews.get(written_id(value) or 0)) for value in values]

    @property
    def noun(self) -> str:
        """What one of its images is called: Reference 2, Mask."""
        return "Reference" if self.field.role == "references" else self.field.title

    @property
    def largest(self) -> int:
        """The largest seed that the dice may throw."""
        return min(int(self.field.maximum or _LONGEST_SEED), _LONGEST_SEED)

    @property
    def smallest(self) -> int:
        return max(int(self.field.minimum or 0), 0)

    @property
    def step(self) -> str:
        """By how much a bounded number is counted up or down."""
        return _plain(slide_step(self.field))

    @property
    def lowest(self) -> str:
        """The least value that is a whole number of steps: controls count from it."""
        step, minimum = self.field.step, self.field.minimum or 0
        return _plain(minimum if step is None else math.ceil(minimum / step - _ROUNDING) * step)

    @property
    def highest(self) -> str:
        step, maximum = self.field.step, self.field.maximum or 0
        return _plain(maximum if step is None else math.floor(maximum / step + _ROUNDING) * step)

    @property
    def rest(self) -> str:
        """Where a slider stands while nothing is said: at what the provider takes by itself, as far as it tells."""
        return self.value or to_text(self.field, self.field.usual) or self.usual or self.lowest

    @property
    def hint(self) -> str:
        """What stands in an empty number: what the provider takes by itself, or the word for leaving it out."""
        return to_text(self.field, self.field.usual) or self.field.unset_label

    @property
    def input_mode(self) -> str:
        return "numeric" if self.field.kind == "integer" else "decimal"

    @property
    def options(self) -> list[DrawnOption]:
        """The options in the order in which they are drawn, with one for "not given" where that is possible."""
        can_be_unset = not self.field.required and self.field.default is None
        drawn = [
            self._option(place, each.key, each.label)
            for place, each in enumerate(self._choices)
            if each.key or not can_be_unset
        ]
        if self.style == "ratios":
            drawn.sort(key=_ratio_place)
        return [*([self._option(-1, "", self.field.unset_label)] if can_be_unset else []), *drawn]

    @property
    def _choices(self) -> tuple[Option, ...]:
        """The options; where the schema only names examples these, and what was given in their place."""
        if not self.field.examples:
            return self.field.options
        texts = dict.fromkeys([*self.field.examples, *([self.value] if self.value else [])])
        return tuple(Option(text, text) for text in texts)

    @property
    def words(self) -> list[str]:
        """Texts that are suggested where any text may be given."""
        return list(self.field.examples)

    @property
    def rule(self) -> SizeRule | None:
        return self.field.size_rule

    @property
    def preset(self) -> "Drawn | None":
        """The choice among the named sizes and a size of one's own; None where there are no names."""
        named = presets_of(self.field)
        if named is None:
            return None
        options = (*named.options, Option(CUSTOM, "Custom size"))
        is_unset = not self.field.required and self.field.default is None
        choice = replace(
            named, options=options, title=self.field.title, default=None if is_unset else "", help=""
        )
        given = parsed_json(self.value)
        size = CUSTOM if isinstance(given, dict) else self.value.strip('"')
        return Drawn(replace(choice, required=not is_unset), f"{self.name}.{PRESET}", size)

    @property
    def parts(self) -> "list[Drawn]":
        """The controls inside a size or a group."""
        value = parsed_json(self.value)
        if self.rule and (size := read_size(self.value, self.rule.separator)):
            value = {"width": size[0], "height": size[1]}
        return self._draw_parts(self.name, value)

    @property
    def groups(self) -> "list[list[Drawn]]":
        """The rows of a list of groups; a blank one where there is none yet."""
        rows = parsed_json(self.value)
        rows = rows if isinstance(rows, list) and rows else [None]
        return [self._draw_parts(f"{self.name}.{number}", row) for number, row in enumerate(rows)]

    @property
    def placeholder(self) -> str:
        """What stands for the number in `blank`, another one in each depth."""
        return f"__n{self.name.count('.')}__"

    @property
    def blank(self) -> "list[Drawn]":
        """The row that is added; the script puts its number in."""
        return self._draw_parts(f"{self.name}.{self.placeholder}", None)

    def _draw_parts(self, name: str, value: JsonValue) -> "list[Drawn]":
        given = value if isinstance(value, dict) else {}
        return [
            Drawn(part, f"{name}.{key}", to_text(part, given.get(key)))
            for key, part in parts_of(self.field).items()
        ]

    @property
    def has_rare_options(self) -> bool:
        return any(option.is_rare for option in self.options)

    def _option(self, place: int, key: str, label: str) -> DrawnOption:
        found = re.fullmatch(r"([1-9]\d{0,2}):([1-9]\d{0,2})", key)
        width, height = (int(found[1]), int(found[2])) if found else (0, 0)
        is_usual = bool(key) and key == self.usual
        return DrawnOption(
            key, label, f"{self.id}-{place + 1}", key == self.value, width, height, is_usual=is_usual
        )


def draw(
    field: Field,
    name: str,
    value: str,
    errors: Sequence[str] = (),
    previews: Mapping[int, Preview] | None = None,
) -> Drawn:
    """Draw a field as the control `name` with the text `value`; `previews` by the id of the upload."""
    return Drawn(field, name, value, tuple(errors), previews or {})


_STYLES: dict[Kind, str] = {
    "boolean": "switch",
    "file": "text",
    "strings": "lines",
    "files": "lines",
}


def _style(field: Field) -> str:
    if field.role == "prompt":
        return "prompt"
    if field.takes_images:
        return "mask" if field.role == "mask" else "upload"
    if shape := shape_of(field):
        return shape
    match field.kind:
        case "choice":
            return _choice_style(field)
        case "integer" | "number":
            return _number_style(field)
        case "string":
            return _text_style(field)
        case "either" if field.examples:
            return "ratios" if field.role == "aspect_ratio" else "suggest"
        case _:
            return _STYLES.get(field.kind, "json")


def _text_style(field: Field) -> str:
    if field.role == "aspect_ratio":
        return "ratios"
    if field.examples and max(map(len, field.examples)) <= _SHORT_EXAMPLE:
        return "suggest"
    return "long_text" if (field.max_length or _LONG_TEXT + 1) > _LONG_TEXT else "text"


def _choice_style(field: Field) -> str:
    if field.role == "aspect_ratio":
        return "ratios"
    labels = [option.label for option in field.options]
    if not field.required and field.default is None:
        labels.append(field.unset_label)
    is_short = len(labels) <= _FEW_OPTIONS and sum(map(len, labels)) <= _SHORT_OPTIONS
    return "segments" if is_short else "select"


def _number_style(field: Field) -> str:
    if field.role == "seed":
        return "seed"
    if field.minimum is None or field.maximum is None:
        return "number"
    span = float(field.maximum) - float(field.minimum)
    if span < _LEAST_SPAN:
        return "number"
    steps = span / (field.step or 1)
    if field.kind == "integer" and steps <= _FEW_STEPS:
        return "stepper"
    return "slider" if steps <= _MOST_STEPS else "number"


def slide_step(field: Field) -> float:
    """Return by how much a slider moves: the schema's step, else a round one, so that it has 100 to 250 places."""
    if field.step or field.kind == "integer":
        return field.step or 1
    span = (field.maximum or 0) - (field.minimum or 0)
    power = 10.0 ** math.floor(math.log10(span / 100))
    return next(power * factor for factor in (5, 2, 1) if span / (power * factor) >= _FEWEST_PLACES)


def _plain(number: float) -> str:
    """Write a number as a control holds it: 2, 0.25."""
    return f"{number:.10g}"


def _ratio_place(option: DrawnOption) -> tuple[int, float]:
    """Order the shapes: auto, square, from stout to tall, from stout to wide, then the rare ones."""
    if not option.width:
        return 0, 0.0
    ratio = option.height / option.width
    group = 3 if option.is_rare else (1 if ratio >= 1 else 2)
    return group, ratio if ratio >= 1 else 1 / ratio
