"""The form of an admin who invites."""

from typing import Any

from django import forms

from studio.invitations.addresses import MOST, read_addresses
from studio.kit.errors import Invalid
from studio.people.models import TeamRole
from studio.projects.models import Project, ProjectRole

LARGEST_LIST = 256 * 1024
_NO_TEXT = "This file is no list of addresses: a CSV or text file, please."


class InviteToProjectForm(forms.Form):
    """Addresses, and what they become in the project."""

    addresses = forms.CharField(
        max_length=LARGEST_LIST,
        label="E-mail addresses",
        help_text="Commas, spaces and lines all work.",
        widget=forms.Textarea({"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": f"Type or paste up to {MOST} e-mail addresses."},
    )
    role = forms.TypedChoiceField(
        choices=[(role.value, role.label) for role in (ProjectRole.CONTRIBUTOR, ProjectRole.VIEWER)],
        coerce=ProjectRole,
        label="What they become here",
    )

    def clean_addresses(self) -> list[str]:
        try:
            return read_addresses(self.cleaned_data["addresses"])
        except Invalid as problem:
            raise forms.ValidationError(problem.sentence) from problem


class InviteForm(forms.Form):
    """Addresses, typed or in a file, what they become in the team, and the projects that they join as what."""

    addresses = forms.CharField(
        required=False,
        max_length=LARGEST_LIST,
        widget=forms.Textarea({"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(required=False, max_length=300)
    team_role = forms.TypedChoiceField(choices=TeamRole.choices, coerce=TeamRole, initial=TeamRole.MEMBER)
    projects = forms.ModelMultipleChoiceField(queryset=Project.objects.none(), required=False)
    project_role = forms.TypedChoiceField(
        choices=ProjectRole.choices, coerce=ProjectRole, initial=ProjectRole.CONTRIBUTOR
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects = self.fields["projects"]
        assert isinstance(projects, forms.ModelMultipleChoiceField)
        projects.queryset = Project.objects.open().order_by("name", "id")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        text = cleaned.get("addresses", "") + "\n" + self._file_text(cleaned.get("file"))
        try:
            cleaned["addresses"] = read_addresses(text.strip())
        except Invalid as problem:
            raise forms.ValidationError({"addresses": problem.sentence}) from problem
        if (
            cleaned.get("team_role") is TeamRole.GUEST
            and cleaned.get("projects")
            and cleaned.get("project_role") is ProjectRole.MANAGER
        ):
            raise forms.ValidationError({"project_role": "Guests can’t manage a project."})
        if not cleaned["addresses"] and not self.errors:
            raise forms.ValidationError({"addresses": f"Type or paste up to {MOST} e-mail addresses."})
        return cleaned

    def _file_text(self, file: Any) -> str:
        if file is None:
            return ""
        if file.size > LARGEST_LIST:
            raise forms.ValidationError({"addresses": "This file is larger than 256 kB."})
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError({"addresses": _NO_TEXT}) from error

    @property
    def joins(self) -> dict[Project, ProjectRole]:
        role: ProjectRole = self.cleaned_data["project_role"]
        return dict.fromkeys(self.cleaned_data["projects"], role)
