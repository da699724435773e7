"""The form with which somebody is let go."""

from typing import Any

from django import forms

from studio.people.models import TeamRole, User


class _HeirChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name} ({obj.email})"


class DeactivateForm(forms.Form):
    """Who takes over the projects that nobody else manages, and whether share links go on."""

    heir = _HeirChoice(
        User.objects.none(),
        required=False,
        label="Who takes over",
        empty_label="Choose a person",
        error_messages={"required": "Choose who takes over these projects."},
    )
    keeps_links = forms.BooleanField(required=False)

    def __init__(self, *args: Any, person: User, needs_heir: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        heir = self.fields["heir"]
        assert isinstance(heir, forms.ModelChoiceField)
        heir.required = needs_heir
        able = User.objects.filter(is_active=True).exclude(role=TeamRole.GUEST).exclude(pk=person.pk)
        heir.queryset = able.order_by("name", "email", "id")
