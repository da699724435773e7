"""Forms of the pages for admins."""

from django import forms
from django.utils import timezone

from studio.catalog.models import Provider
from studio.keys.actions import LOWEST_PRIORITY, MOST_AT_ONCE, Limits


class PriceForm(forms.Form):
    """When a table of prices comes into force, and why."""

    valid_from = forms.DateField(
        error_messages={"required": "Say from which day.", "invalid": "This is no date."},
    )
    note = forms.CharField(max_length=200, required=False, strip=True)

    def clean_valid_from(self) -> object:
        day = self.cleaned_data["valid_from"]
        if day < timezone.localdate():
            raise forms.ValidationError(
                "A price begins today or later: what was made before keeps its price."
            )
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
