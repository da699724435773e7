"""Forms about oneself."""

from django import forms
from django.conf import settings

from studio.notifying.models import Kind
from studio.people.time_zones import known_zones


def _zones() -> list[tuple[str, str]]:
    return [("", f"The team’s ({settings.TIME_ZONE})"), *((name, name) for name in known_zones())]


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    time_zone = forms.ChoiceField(required=False, choices=_zones)


class EmailForm(forms.Form):
    email = forms.EmailField(
        max_length=254, label="New e-mail address", widget=forms.EmailInput({"autocomplete": "email"})
    )


class PictureForm(forms.Form):
    picture = forms.FileField(max_length=300)


class MailForm(forms.Form):
    """Which kinds of news come by mail, too."""

    kind = forms.MultipleChoiceField(choices=Kind.choices, required=False)
