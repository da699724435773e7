"""A model's spec as a form: each control is named `in-<field>`, the values come out as the provider gets them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from django import forms

from studio.catalog.composites import is_part, lines_of, text_of
from studio.catalog.conventions import EVERYDAY
from studio.catalog.drawing import Drawn, Places, Preview, draw
from studio.catalog.markers import is_address, written_id
from studio.catalog.pace import deciding_fields, read_pace
from studio.catalog.spec import Field, Role, Spec
from studio.catalog.validation import find_errors, missing_sentence
from studio.catalog.values import InvalidValue, is_said, parse_value, shorten, to_text
from studio.kit.wire import JsonObject, JsonValue

PREFIX = "in-"
CALLS = "calls"
WAITING = "waiting-images"
_WAITING_VALUE = "waiting."
# What waits comes back from the browser: no more of it is kept than a person types into a few forms.
_MOST_WAITING = 50
_MOST_WAITING_CHARACTERS = 100_000
# The keys of the form's own controls: no field of a schema can be called so and still be sent as `in-…`.
_CALLS_KEY = "@calls"

Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WaitingValue:
    """What was typed into a field that the shown form hasn't; kept, never sent, until a form takes it again."""

    role: Role
    name: str
    text: str

    @property
    def control(self) -> str:
        return f"{_WAITING_VALUE}{self.role}.{self.name}"


class _Control(forms.TextInput):
    """A control whose text may be spread over several."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.spec_field = field

    def value_from_datadict(self, data: Data, files: object, name: str) -> str | None:
        return text_of(self.spec_field, name, data)


class InputField(forms.Field):
    """One field of the spec: text in, typed value out, None for "leave it out"."""

    def __init__(self, field: Field) -> None:
        widget = _Control(field)
        super().__init__(required=field.required, label=field.title, help_text=field.help, widget=widget)
        self.spec_field = field

    def clean(self, value: object) -> JsonValue:
        if value is None:  # the control wasn't in the request at all: for images, all were removed
            parsed = None if self.spec_field.takes_images else self.spec_field.default
        else:
            try:
                parsed = parse_value(self.spec_field, str(value))
            except InvalidValue as error:
                raise forms.ValidationError(error.sentence) from error
        if parsed is None and self.required and self.spec_field.default == "":
            parsed = ""
        if parsed is None and self.required:
            raise forms.ValidationError(missing_sentence(self.spec_field))
        return parsed


class InputForm(forms.Form):
    """The form of a model. After `is_valid()`: `to_input` and `calls`.

    For the templates: `rows` and `advanced`. The view may set `previews` (by the ids in `upload_ids`) and
    `places`. After a change of the model, `dropped` are the titles of what `taker` didn't take over. References among
    it are `waiting`, other values are `waiting_values`: they come back `returns`, but for those that are `lost`;
    `restored` came back just now. Files are no business of the form: whoever takes them in puts `upload:<id>` in
    their place (see `image_controls`).
    """

    def __init__(
        self,
        spec: Spec,
        data: Data | None = None,
        initial: JsonObject | None = None,
        calls: int = 1,
    ) -> None:
        self.spec = spec
        self.previews: Mapping[int, Preview] = {}
        self.places = Places()
        self.dropped: list[str] = []
        self.lost: list[str] = []
        self.restored: list[str] = []
        self.taker = "This model"
        self.returns = "with a model that takes it"
        self.waiting = images_in(data, WAITING) if data is not None else []
        self.waiting_values = waiting_values_in(data) if data is not None else []
        super().__init__(data, initial={**_start(spec), **(initial or {}), _CALLS_KEY: calls})
        for field in spec.shown:
            self.fields[field.name] = InputField(field)
        if spec.max_calls > 1:
            self.fields[_CALLS_KEY] = InputField(_calls_field(spec))

    def add_prefix(self, field_name: str) -> str:
        return CALLS if field_name == _CALLS_KEY else PREFIX + field_name

    def clean(self) -> dict[str, object]:
        self._refuse_unknown_controls()
        for name, sentence in find_errors(self.spec, self.to_input()).items():
            if name not in self.fields:
                self.add_error(None, sentence)
            elif name not in self.errors:
                self.add_error(name, sentence)
        if _CALLS_KEY in self.fields and not 1 <= self.calls <= self.spec.max_calls:
            self.add_error(_CALLS_KEY, f"Images must be from 1 to {self.spec.max_calls}.")
        return self.cleaned_data

    def to_input(self) -> JsonObject:
        """Return the input that the form asks for."""
        given: JsonObject = {}
        for field in self.spec.fields:
            value = field.fixed if field.is_hidden else self.cleaned_data.get(field.name)
            is_sent = field.required or field.is_pinned if field.is_hidden else is_said(field, value)
            if is_sent:
                given[field.name] = value
        return given

    @property
    def calls(self) -> int:
        """How many calls to make."""
        calls = self.cleaned_data.get(_CALLS_KEY)
        return calls if isinstance(calls, int) else 1

    @property
    def upload_ids(self) -> list[int]:
        """The ids of the uploads that the form shows. The caller checks whose they are."""
        shown = [self._text(field) for field in self.spec.shown if field.takes_images]
        written = (written_id(line.strip()) for text in shown for line in text.splitlines())
        return [number for number in written if number is not None]

    @property
    def is_untouched(self) -> bool:
        """Whether it says what the form of this model says at first, to everybody."""
        is_plain = not (self.is_bound or self.has_news or self.waiting or self.waiting_values)
        return is_plain and self.initial == _start(self.spec)

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell about the change of the model."""
        return bool(self.dropped or self.restored)

    @property
    def rows(self) -> list[tuple[Drawn, ...]]:
        """What a person fills every day, in rows of one control, or of one and a small one beside it."""
        drawn = [self._draw(field) for field in sorted(self.spec.shown, key=_place) if not field.is_advanced]
        if _CALLS_KEY in self.fields:
            drawn.append(self._draw(_calls_field(self.spec)))
        rows: list[tuple[Drawn, ...]] = []
        for each in drawn:
            if rows and each.has_half_width and len(rows[-1]) == 1 and rows[-1][0].style == "segments":
                rows[-1] = (rows[-1][0], each)
            else:
                rows.append((each,))
        return rows

    @property
    def advanced(self) -> list[Drawn]:
        """The rest."""
        return [self._draw(field) for field in self.spec.shown if field.is_advanced]

    @property
    def changed_count(self) -> int:
        """How many of the advanced controls say another thing than the model would by itself."""
        return sum(each.is_changed for each in self.advanced)

    @property
    def is_advanced_wrong(self) -> bool:
        return any(each.errors for each in self.advanced)

    @property
    def pace(self) -> str:
        """What decides how long the model takes, as the form stands, whether it is complete or not."""
        return read_pace(self.spec, {field.name: self._so_far(field) for field in deciding_fields(self.spec)})

    @property
    def deciding_controls(self) -> list[str]:
        """The names of the controls that decide it; a size is spread over those that begin so."""
        return [self.add_prefix(field.name) for field in deciding_fields(self.spec)]

    def facts(self) -> JsonObject:
        """Return what the form says so far, without what is no value: what a price is looked up by."""
        return {
            field.name: value
            for field in self.spec.fields
            if (value := field.fixed if field.is_hidden else self._so_far(field)) is not None
        }

    def _so_far(self, field: Field) -> JsonValue:
        """Return what a control holds now, None where that is no value of its field."""
        text = text_of(field, self.add_prefix(field.name), self.data) if self.is_bound else None
        if text is None:
            return self.initial.get(field.name)
        try:
            return parse_value(field, text)
        except InvalidValue:
            return None

    def _draw(self, field: Field) -> Drawn:
        errors = [str(error) for error in self.errors.get(field.name, [])]
        return draw(field, self.add_prefix(field.name), self._text(field), errors, self.previews)

    def _text(self, field: Field) -> str:
        """Return what the control says: what was sent, else what the form was filled with."""
        raw = text_of(field, self.add_prefix(field.name), self.data) if self.is_bound else None
        if raw is None and self.is_bound and field.takes_images:
            return ""  # all of its images were removed
        return raw if raw is not None else to_text(field, self.initial.get(field.name))

    def _refuse_unknown_controls(self) -> None:
        known = {self.add_prefix(name) for name in self.fields}
        for name in self.data:
            if name.startswith(PREFIX) and name not in known and not self._is_part(name):
                parameter = shorten(name.removeprefix(PREFIX))
                self.add_error(
                    None, f"This model has no parameter “{parameter}”. Reload the page and try again."
                )

    def _is_part(self, name: str) -> bool:
        wholes = ((field, self.add_prefix(field.name)) for field in self.spec.shown if "." in name)
        return any(
            name.startswith(f"{whole}.") and is_part(field, name.removeprefix(whole))
            for field, whole in wholes
        )


def build_form(
    spec: Spec,
    data: Data | None = None,
    initial: JsonObject | None = None,
    *,
    calls: int = 1,
) -> InputForm:
    """Return the form of a spec: bound to a request's data, or filled with an input (`initial_from_input`)."""
    return InputForm(spec, data, initial, calls)


def image_controls(spec: Spec) -> dict[str, str]:
    """Return the fields that take images by the names of their controls: files may come in these."""
    return {PREFIX + field.name: field.name for field in spec.shown if field.takes_images}


def initial_from_input(spec: Spec, given: JsonObject) -> JsonObject:
    """Return what fills the form so that it asks for this input again; what the spec doesn't know is left out."""
    shown = {field.name for field in spec.shown}
    return {name: value for name, value in given.items() if name in shown}


def waiting_values_in(data: Data) -> list[WaitingValue]:
    """Return the values that wait in a form, as far as they are kept."""
    named = (
        key.removeprefix(_WAITING_VALUE).partition(".") for key in data if key.startswith(_WAITING_VALUE)
    )
    roles = {role: role for role in get_args(Role)}
    found = [
        WaitingValue(roles[role], name, str(data[f"{_WAITING_VALUE}{role}.{name}"]))
        for role, dot, name in named
        if dot and role in roles
    ]
    return within_bounds(found)


def within_bounds(waiting: Iterable[WaitingValue]) -> list[WaitingValue]:
    """Return the first of each name, as long as there is room for it."""
    kept: dict[str, WaitingValue] = {}
    room = _MOST_WAITING_CHARACTERS
    for value in waiting:
        size = len(value.control) + len(value.text)
        if len(kept) < _MOST_WAITING and value.control not in kept and size <= room:
            kept[value.control] = value
            room -= size
    return list(kept.values())


def images_in(data: Data, control: str) -> list[str]:
    """Return the images that a control holds, as it writes them; what is no image is passed over."""
    lines = (lines_of(control, data) or "").splitlines()
    return [text for line in lines if written_id(text := line.strip()) or is_address(text)]


def _start(spec: Spec) -> JsonObject:
    """Return what the controls say before anybody has filled them."""
    return {field.name: field.start for field in spec.shown} | {_CALLS_KEY: 1}


def _calls_field(spec: Spec) -> Field:
    return Field(
        name=_CALLS_KEY,
        kind="integer",
        title="Images",
        default=1,
        minimum=1,
        maximum=spec.max_calls,
        role="count",
    )


def _place(field: Field) -> int:
    return EVERYDAY.index(field.role) if field.role in EVERYDAY else len(EVERYDAY)
