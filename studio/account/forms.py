"""Forms about oneself."""

from django import forms

from studio.notifying.models import Kind


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput({"autocomplete": "name"}))


class EmailForm(forms.Form):
    email = forms.EmailField(
        max_length=254, label="New e-mail address", widget=forms.EmailInput({"autocomplete": "email"})
    )


class PictureForm(forms.Form):
    picture = forms.FileField(max_length=300)


class MailForm(forms.Form):
    """Which kinds of news come by mail, too."""

    kind = forms.MultipleChoiceField(choices=Kind.choices, required=False)
