"""Forms about people."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import QueryDict

from studio.people.models import SignInRule, TeamRole, User


class AddPersonForm(forms.Form):
    name = forms.CharField(max_length=120, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.EmailField(max_length=254, label="E-mail", widget=forms.EmailInput({"autocomplete": "off"}))
    role = forms.TypedChoiceField(choices=TeamRole.choices, coerce=TeamRole, initial=TeamRole.MEMBER)


class TeamRoleForm(forms.Form):
    role = forms.TypedChoiceField(choices=TeamRole.choices, coerce=TeamRole)


class TwoFactorForm(forms.Form):
    two_factors = forms.TypedChoiceField(
        choices=SignInRule.TwoFactors.choices, coerce=SignInRule.TwoFactors, label="Two factors"
    )


class WelcomeForm(forms.Form):
    """What a person says about themselves on arrival: a name and the password they choose."""

    name = forms.CharField(
        max_length=120, label="Your name", widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, data: QueryDict | None = None, *, person: User) -> None:
        super().__init__(data, initial={"name": person.name})
        self._person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self._person)
        return password

    @property
    def password_help(self) -> str:
        return password_validators_help_texts()[1]
