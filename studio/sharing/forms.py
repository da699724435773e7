"""The forms about links."""

from typing import Any

from django import forms

from studio.sharing.actions import Terms

DAYS = ((1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year"))
SHORTEST = 8


class ShareForm(forms.Form):
    """What the guests of a link may see, and until when."""

    title = forms.CharField(
        max_length=120, error_messages={"required": "Give the link a title: its guests read it."}
    )
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=30, label="Open for")
    password = forms.CharField(
        max_length=128,
        min_length=SHORTEST,
        required=False,
        strip=False,
        error_messages={"min_length": f"Use at least {SHORTEST} characters, or leave it empty."},
    )
    shows_prompts = forms.BooleanField(required=False)
    gives_originals = forms.BooleanField(required=False)

    def terms(self) -> Terms:
        """Return what a valid form says."""
        given: dict[str, Any] = self.cleaned_data
        return Terms(**given)


class UnlockForm(forms.Form):
    """The password of a link."""

    password = forms.CharField(
        max_length=128, strip=False, error_messages={"required": "Enter the password."}
    )
