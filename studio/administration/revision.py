"""The editor of what admins say about a model's fields: what stands in it, and a sentence for each fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from studio.catalog.conventions import roles_for
from studio.catalog.forms import InputForm, build_form
from studio.catalog.models import ImageModel
from studio.catalog.overlays import overlay_for
from studio.catalog.plain import object_of
from studio.catalog.revising import revised
from studio.catalog.schema import normalise
from studio.catalog.spec import Field, Role, Spec
from studio.catalog.validation import find_errors
from studio.catalog.values import InvalidValue, parse_value, to_text
from studio.kit.wire import JsonObject, JsonValue

MOST_NAME, MOST_TITLE, MOST_HELP = 120, 80, 500
_LIMITS = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("min_length", "max_length"),
    "files": ("max_items",),
    "strings": ("max_items",),
}
_ROLES: dict[Role, str] = {
    "": "Nothing special",
    "prompt": "The prompt",
    "references": "Reference images",
    "mask": "The mask",
    "aspect_ratio": "Aspect ratio",
    "size": "Size",
    "resolution": "Resolution",
    "count": "Number of images",
    "seed": "Seed",
}
_LIMIT_WORDS = {
    "minimum": "Least",
    "maximum": "Most",
    "min_length": "Fewest characters",
    "max_length": "Most characters",
    "max_items": "Most entries",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: what was typed, and what the model has by itself."""

    key: str
    label: str
    control: str
    value: str
    usual: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One field in the editor: `usual` is how the model has it without the admins' words."""

    number: int
    usual: Field
    title: str
    help: str
    is_hidden: bool
    is_advanced: bool
    role: str
    roles: list[tuple[str, str]]
    fixed: str
    preset: str
    limits: tuple[Limit, ...]
    errors: Mapping[str, str]
    is_wrong: bool
    is_changed: bool

    @property
    def takes_value(self) -> bool:
        """Whether it can be set to something for all: pictures can't."""
        return not self.usual.takes_images

    @property
    def can_be_hidden(self) -> bool:
        return self.usual.role != "prompt"


@dataclass(frozen=True, slots=True)
class Revision:
    """What was typed, as it is kept (`said`), with a sentence for each control that is wrong."""

    name: str
    said: JsonObject
    lines: list[Line]
    form: InputForm
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def name_error(self) -> str:
        return self.errors.get("name", "")

    @property
    def changed(self) -> list[str]:
        """The names of the fields about which something is said."""
        return [line.usual.name for line in self.lines if line.is_changed]

    @property
    def hidden(self) -> list[Field]:
        return [line.usual for line in self.lines if line.is_hidden]


def usual_spec(model: ImageModel) -> Spec:
    """Return what the model asks for without the admins' words."""
    schema = model.schema.input_schema if model.schema else {}
    return normalise(schema, overlay=overlay_for(model.provider.slug, model.slug))


def revision_of(model: ImageModel) -> Revision:
    """Return the editor as it is kept."""
    return read_revision(model, _typed(model))


def _typed(model: ImageModel) -> dict[str, str]:
    """Return what the editor's controls say for what is kept."""
    typed = {"name": str(model.overlay.get("name") or "")}
    kept = object_of(model.overlay.get("fields"))
    for number, usual in enumerate(usual_spec(model).shown):
        about = object_of(kept.get(usual.name))
        typed |= dict(_controls(number, usual, about))
    return typed


def _controls(number: int, usual: Field, about: JsonObject) -> Iterator[tuple[str, str]]:
    yield f"title-{number}", str(about.get("title", usual.title))
    yield f"help-{number}", str(about.get("help", usual.help))
    if about.get("is_hidden"):
        yield f"hidden-{number}", "1"
    if about.get("is_advanced", usual.is_advanced):
        yield f"advanced-{number}", "1"
    yield f"role-{number}", str(about.get("role", usual.role))
    for key in ("fixed", "preset"):
        yield f"{key}-{number}", to_text(usual, about.get(key))
    for key in _LIMITS.get(usual.kind, ()):
        yield f"{key}-{number}", _write(about.get(key))


def read_revision(model: ImageModel, typed: Mapping[str, str]) -> Revision:
    """Read the editor. What is wrong has a sentence, and is not in what would be kept."""
    errors: dict[str, str] = {}
    spec = usual_spec(model)
    name = " ".join(typed.get("name", "").split())
    if len(name) > MOST_NAME:
        errors["name"] = f"A name has at most {MOST_NAME} characters."
    abouts: JsonObject = {}
    for number, usual in enumerate(spec.shown):
        reader = _Reader(model, number, usual, typed, errors)
        if about := reader.read():
            abouts[usual.name] = about
    _check_roles(spec, abouts, errors)
    said: JsonObject = {"fields": abouts} if abouts else {}
    if name and "name" not in errors:
        said["name"] = name
    lines = [_line(number, usual, abouts, typed, errors) for number, usual in enumerate(spec.shown)]
    return Revision(typed.get("name", ""), said, lines, build_form(_spec(model, abouts)), errors)


def _check_roles(spec: Spec, abouts: JsonObject, errors: dict[str, str]) -> None:
    """Refuse a role that two fields have, and a form that asks for neither words nor images."""
    holders: dict[str, str] = {}
    given = {
        usual.name: str(object_of(abouts.get(usual.name)).get("role", usual.role)) for usual in spec.shown
    }
    for number, usual in sorted(enumerate(spec.shown), key=lambda each: each[1].name in abouts):
        role = given[usual.name]
        if role and (other := holders.setdefault(role, usual.title)) != usual.title:
            errors.setdefault(f"role-{number}", f"{other} has this role already.")
        if usual.role in ("prompt", "references") and not {"prompt", "references"} & {*given.values()}:
            errors.setdefault(f"role-{number}", "A form needs a prompt, or images to start from.")


def _spec(model: ImageModel, abouts: JsonObject) -> Spec:
    schema = model.schema.input_schema if model.schema else {}
    shipped = overlay_for(model.provider.slug, model.slug)
    return normalise(schema, overlay=revised(shipped, {"fields": abouts}))


class _Reader:
    """Reads what was typed about one field."""

    def __init__(
        self,
        model: ImageModel,
        number: int,
        usual: Field,
        typed: Mapping[str, str],
        errors: dict[str, str],
    ) -> None:
        self._model, self._number, self._usual = model, number, usual
        self._typed, self._errors = typed, errors
        self._about: JsonObject = {}

    def read(self) -> JsonObject:
        self._read_words()
        self._read_role()
        for key in _LIMITS.get(self._usual.kind, ()):
            self._read_limit(key)
        self._check_limits()
        if self._text("advanced") != ("1" if self._usual.is_advanced else ""):
            self._about["is_advanced"] = bool(self._text("advanced"))
        is_hidden = bool(self._text("hidden"))
        self._read_value("fixed" if is_hidden else "preset")
        if is_hidden:
            self._hide()
        return self._about

    def _text(self, key: str) -> str:
        return self._typed.get(f"{key}-{self._number}", "").replace("\r\n", "\n").strip()

    def _is_given(self, key: str) -> bool:
        return f"{key}-{self._number}" in self._typed

    def _refuse(self, key: str, sentence: str) -> None:
        self._errors.setdefault(f"{key}-{self._number}", sentence)

    def _read_words(self) -> None:
        for key, most, usual in (
            ("title", MOST_TITLE, self._usual.title),
            ("help", MOST_HELP, self._usual.help),
        ):
            text = self._text(key) if self._is_given(key) else usual
            is_reset = key == "title" and not text
            if len(text) > most and text != usual:
                self._refuse(key, f"At most {most} characters; these are {len(text)}.")
            elif text != usual and not is_reset:
                self._about[key] = text

    def _read_role(self) -> None:
        role = self._text("role")
        if not self._is_given("role") or role == self._usual.role:
            return
        if role in roles_for(self._usual):
            self._about["role"] = role
        else:
            self._refuse("role", "A field of this kind can’t have this role.")

    def _read_limit(self, key: str) -> None:
        text = self._text(key).replace(",", "")
        if not text:
            return
        digits = text.removeprefix("-") if key in ("minimum", "maximum") else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:
            self._refuse(key, "A whole number, or nothing.")
            return
        value, usual = int(text), getattr(self._usual, key)
        if _is_wider(key, value, usual):
            bound = "at least" if key.startswith("min") else "at most"
            self._refuse(key, f"The model takes {bound} {usual:,}: a limit can only be narrower.")
        elif key == "max_items" and value < max(1, self._usual.min_items or 0):
            self._refuse(key, f"At least {max(1, self._usual.min_items or 0)}.")
        elif value != usual:
            self._about[key] = value

    def _check_limits(self) -> None:
        for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
            least = self._about.get(low, getattr(self._usual, low))
            most = self._about.get(high, getattr(self._usual, high))
            if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
                key = low if low in self._about else high
                self._about.pop(key, None)
                self._refuse(key, "The least is more than the most.")

    def _read_value(self, key: str) -> None:
        text = self._text(key)
        if not text or self._usual.takes_images:
            return
        if (value := self._checked(key, text)) is not None and (
            key == "fixed" or value != self._usual.default
        ):
            self._about[key] = value

    def _checked(self, key: str, text: str) -> JsonValue:
        """Return the value if the model takes it within the limits that were typed."""
        try:
            value = parse_value(self._usual, text)
        except InvalidValue as error:
            self._refuse(key, error.sentence)
            return None
        limits: JsonObject = {name: said for name, said in self._about.items() if name in _LIMIT_WORDS}
        spec = _spec(self._model, {self._usual.name: limits})
        if sentence := find_errors(spec, {self._usual.name: value}).get(self._usual.name):
            self._refuse(key, sentence)
            return None
        return value

    def _hide(self) -> None:
        if self._usual.role == "prompt":
            self._refuse("hidden", "The prompt can’t be hidden.")
        elif self._usual.required and self._usual.takes_images:
            self._refuse("hidden", "The model needs its images, so it can’t be hidden.")
        elif self._usual.required and "fixed" not in self._about:
            self._refuse("fixed", "The model needs it: say what is sent while it is hidden.")
        else:
            self._about["is_hidden"] = True


def _is_wider(key: str, value: int, usual: float | None) -> bool:
    if usual is None:
        return key != "minimum" and key != "maximum" and value < 0
    return value < usual if key.startswith("min") else value > usual


def _line(
    number: int, usual: Field, abouts: JsonObject, typed: Mapping[str, str], errors: Mapping[str, str]
) -> Line:
    def text(key: str) -> str:
        return typed.get(f"{key}-{number}", "")

    own = {key.rpartition("-")[0]: sentence for key, sentence in errors.items() if key.endswith(f"-{number}")}
    return Line(
        number=number,
        usual=usual,
        title=text("title"),
        help=text("help"),
        is_hidden=bool(text("hidden")),
        is_advanced=bool(text("advanced")),
        role=text("role") if f"role-{number}" in typed else usual.role,
        roles=[(role, _ROLES[role]) for role in roles_for(usual)],
        fixed=text("fixed"),
        preset=text("preset"),
        limits=tuple(_limit(key, number, usual, text(key), own) for key in _LIMITS.get(usual.kind, ())),
        errors={key: own.get(key, "") for key in ("title", "help", "role", "fixed", "preset", "hidden")},
        is_wrong=bool(own),
        is_changed=usual.name in abouts,
    )


def _limit(key: str, number: int, usual: Field, value: str, errors: Mapping[str, str]) -> Limit:
    by_itself = _write(getattr(usual, key)) or "none"
    return Limit(key, _LIMIT_WORDS[key], f"{key}-{number}", value, by_itself, errors.get(key, ""))


def _write(value: JsonValue) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)
