"""The audit trail: written with the act, or not at all; holds ids, never names."""

import pytest

from studio.audit.actions import record
from studio.audit.models import AuditEntry
from studio.kit.errors import Conflict, NotAllowed
from studio.people.actions import add_person, change_team_role
from studio.people.models import TeamRole
from studio.projects.actions import add_member, create_project, edit_project
from studio.projects.models import ProjectRole, Visibility
from tests.cast import Cast


def test_an_entry_says_who_did_what_to_which(cast: Cast) -> None:
    record(verb="project.tested", subject=cast.project, by=cast.manager, details={"count": 2})
    entry = AuditEntry.objects.get(verb="project.tested")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == (cast.manager, "project", cast.project.pk)
    assert entry.details == {"count": 2}


def test_the_command_line_has_no_actor(cast: Cast) -> None:
    record(verb="project.tested", subject=cast.project, by=None)
    assert AuditEntry.objects.get(verb="project.tested").actor is None


def test_no_names_addresses_or_descriptions_are_kept(cast: Cast) -> None:
    person = add_person(email="nora@example.com", name="Nora Nilsen", by=cast.admin)
    change_team_role(person=person, role=TeamRole.ADMIN, by=cast.admin)
    project = create_project(name="Harbour", description="secret plans", by=person)
    edit_project(
        project=project, name="Pier", slug="pier", description="", visibility=Visibility.TEAM, by=person
    )
    add_member(project=project, person=cast.viewer, role=ProjectRole.VIEWER, by=person)
    kept = str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.count() == 5
    assert not [word for word in ("nora", "Nora", "Harbour", "Pier", "secret") if word in kept]


@pytest.mark.parametrize("refusal", [NotAllowed, Conflict])
def test_a_refused_act_leaves_no_trace(cast: Cast, refusal: type[Exception]) -> None:
    by = cast.viewer if refusal is NotAllowed else cast.manager
    with pytest.raises(refusal):
        add_member(project=cast.project, person=cast.contributor, role=ProjectRole.VIEWER, by=by)
    assert not AuditEntry.objects.exists()
