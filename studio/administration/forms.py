"""Forms of the pages for admins."""

from datetime import timedelta

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from studio.catalog.adding import MOST_BYTES, check_can_add, check_schema_of, read_schema
from studio.catalog.models import Provider
from studio.keys.actions import LOWEST_PRIORITY, MOST_AT_ONCE, Limits
from studio.kit.errors import Conflict, Invalid
from studio.providers.registry import ADAPTERS
from studio.providers.types import ModelDetail

FURTHEST_PRICE = timedelta(days=2 * 365)


class PriceForm(forms.Form):
    """When a table of prices comes into force, and why."""

    valid_from = forms.DateField(
        error_messages={"required": "Say from which day.", "invalid": "This is no date."},
    )
    note = forms.CharField(
        max_length=200,
        required=False,
        strip=True,
        error_messages={"max_length": "The reason is too long: at most 200 characters."},
    )

    def clean_valid_from(self) -> object:
        day, today = self.cleaned_data["valid_from"], timezone.localdate()
        if day < today:
            raise forms.ValidationError(
                "A price begins today or later: what was made before keeps its price."
            )
        if day > today + FURTHEST_PRICE:
            raise forms.ValidationError("That is too far ahead: a price begins within two years from today.")
        return day


def _secret() -> forms.CharField:
    """A secret is never written back into its field, nor kept by the browser."""
    return forms.CharField(
        max_length=600,
        widget=forms.PasswordInput({"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
        error_messages={"required": "Paste the key."},
    )


class AddKeyForm(forms.Form):
    """A new API key: whose, how it is told from others, and the secret."""

    provider = forms.ModelChoiceField(
        Provider.objects.order_by("name", "id"), empty_label=None, error_messages={"required": "Choose one."}
    )
    label = forms.CharField(
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Give the key a name.", "max_length": "At most 80 characters."},
    )
    secret = _secret()

    def clean(self) -> None:
        label, secret = self.cleaned_data.get("label", ""), self.cleaned_data.get("secret", "").strip()
        if secret and secret in label:
            # Nor is it written back into its field.
            self.data = {**self.data, "label": ""}
            self.add_error("label", "This holds the key itself, and names are shown. Give it another name.")


class RotateKeyForm(forms.Form):
    """The secret that takes another one's place."""

    secret = _secret()


def _figure(most: int, *, required: bool = True) -> forms.IntegerField:
    sentence = f"A whole number from 1 to {most:,}."
    return forms.IntegerField(
        min_value=1,
        max_value=most,
        required=required,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
    )


class KeyLimitsForm(forms.Form):
    """What may be sent with a key, and when its turn is."""

    max_in_flight = _figure(MOST_AT_ONCE)
    max_submitting = _figure(MOST_AT_ONCE)
    max_per_minute = _figure(MOST_AT_ONCE, required=False)
    priority = _figure(LOWEST_PRIORITY)

    def limits(self) -> Limits:
        return Limits(**self.cleaned_data)


class AddModelForm(forms.Form):
    """A model to add by hand: whose it is, what it is called there and here, and its schema as text or file.

    The text of a file takes the place of what was pasted, so that it comes back with the form.
    """

    provider = forms.ModelChoiceField(
        Provider.objects.none(), empty_label=None, error_messages={"required": "Choose a provider."}
    )
    slug = forms.RegexField(
        r"^[\w][\w.:/@-]*$",
        max_length=120,
        label="Id at the provider",
        error_messages={
            "required": "Say what the provider calls it.",
            "invalid": "An id has letters, digits and - _ . : / @ only.",
        },
    )
    name = forms.CharField(max_length=120, required=False, label="Name")
    vendor = forms.CharField(max_length=80, required=False, label="Made by")
    # A file may stand in for the text, which the browser doesn't know.
    use_required_attribute = False

    schema = forms.CharField(
        strip=False,
        error_messages={"required": "Paste the schema, or choose its file."},
        label="JSON schema of its input",
        widget=forms.Textarea({"rows": 14, "spellcheck": "false", "class": "mono"}),
    )
    file = forms.FileField(required=False, label="Or a file", allow_empty_file=True)

    def __init__(
        self, data: QueryDict | None = None, files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None
    ) -> None:
        sentence = ""
        if data is not None and files and (file := files.get("file")):
            data = data.copy()
            data["schema"], sentence = _text_of(file)
        super().__init__(data, files)
        if sentence:
            self.fields["schema"].error_messages["required"] = sentence
        self.detail: ModelDetail | None = None
        field = self.fields["provider"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Provider.objects.filter(slug__in=ADAPTERS).order_by("name", "id")

    def clean(self) -> dict[str, object]:
        provider, slug = self.cleaned_data.get("provider"), self.cleaned_data.get("slug", "")
        try:
            if text := self.cleaned_data.get("schema"):
                self.cleaned_data["schema"] = read_schema(text)
                if provider:
                    self.detail = check_schema_of(provider, slug, self.cleaned_data["schema"])
        except Invalid as refusal:
            self.add_error("schema", refusal.sentence)
        if provider and slug:
            try:
                check_can_add(provider, slug)
            except Conflict as refusal:
                self.add_error("slug", refusal.sentence)
        return self.cleaned_data


def _text_of(file: "UploadedFile[bytes]") -> tuple[str, str]:
    """Return the text of a file, or a sentence that says why there is none."""
    if (file.size or 0) > MOST_BYTES:
        return "", f"The file is larger than {MOST_BYTES // 1024} KB."
    try:
        return file.read().decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return "", "The file is no text in UTF-8."
