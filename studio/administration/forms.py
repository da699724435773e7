"""Forms of the pages for admins."""

from django import forms
from django.utils import timezone


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
