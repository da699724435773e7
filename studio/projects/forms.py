"""Forms about projects and their members."""

from typing import Any

from django import forms

from studio.people.models import User
from studio.projects.models import Project, ProjectRole, Visibility
from studio.projects.slugs import MAX_LENGTH, RESERVED


class ProjectForm(forms.Form):
    """What a project is called, what it is for and who sees it. Without a slug, one is made from the name."""

    name = forms.CharField(max_length=80, error_messages={"required": "Give the project a name."})
    slug = forms.SlugField(max_length=MAX_LENGTH, required=False, label="Address")
    description = forms.CharField(max_length=500, required=False, widget=forms.Textarea({"rows": 3}))
    visibility = forms.TypedChoiceField(
        choices=Visibility.choices, coerce=Visibility, initial=Visibility.TEAM, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._project = project
        if project:
            self.fields["slug"].required = True
            self.initial = {name: getattr(project, name) for name in self.fields}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        if slug in RESERVED:
            raise forms.ValidationError(f"“{slug}” is reserved. Choose another address.")
        others = Project.objects.exclude(pk=self._project.pk) if self._project else Project.objects.all()
        if slug and others.filter(slug=slug).exists():
            raise forms.ValidationError(f"The address “{slug}” is taken by another project.")
        return slug


class _PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name} ({obj.email})"


class AddMemberForm(forms.Form):
    """A person of the team who is not a member yet, and a role."""

    person = _PersonChoice(queryset=User.objects.none(), empty_label="Choose a person")
    role = forms.TypedChoiceField(
        choices=ProjectRole.choices, coerce=ProjectRole, initial=ProjectRole.CONTRIBUTOR
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = project.memberships.values("user")
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = (
            User.objects.filter(is_active=True).exclude(pk__in=members).order_by("name", "email")
        )

    @property
    def has_candidates(self) -> bool:
        person = self.fields["person"]
        return isinstance(person, forms.ModelChoiceField) and bool(person.queryset)


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(choices=ProjectRole.choices, coerce=ProjectRole)
