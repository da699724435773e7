"""Who is told of what, and that nobody is told of what they can't see."""

import pytest

from studio.generation.models import Status
from studio.notifying.actions import tell_of_end
from studio.people.actions import change_team_role
from studio.people.models import TeamRole
from studio.projects.actions import add_member, change_role, remove_member
from studio.projects.models import Membership, ProjectRole
from tests.cast import Cast
from tests.pictures import make_batch, make_generation

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/notifications/"


def read(cast: Cast, person: str) -> str:
    client = cast.client(getattr(cast, person))
    text = client.get(PAGE).content.decode() + client.get(f"{PAGE}bell").content.decode()
    return " ".join(text.split())


def test_who_is_added_and_whose_role_changes_is_told_until_they_have_read_it(cast: Cast) -> None:
    add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    membership = Membership.objects.get(project=cast.project, user=cast.stranger)
    change_role(membership=membership, role=ProjectRole.CONTRIBUTOR, by=cast.manager)
    change_team_role(person=cast.stranger, role=TeamRole.ADMIN, by=cast.admin)
    text = read(cast, "stranger")
    assert "<b>The manager</b> made you a viewer of" in text
    assert "made you a contributor of" in text
    assert "made you an admin of the team" in text
    assert "Notifications, 3 unread" in text
    assert "unread" not in read(cast, "manager")
    client = cast.client(cast.stranger)
    upto = text.split('name="upto" value="')[1].split('"')[0]
    client.post("/notifications/read", {"upto": upto})
    assert "unread" not in client.get(f"{PAGE}bell").content.decode()


def test_what_is_of_a_project_that_one_sees_no_more_is_not_told(cast: Cast) -> None:
    add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    membership = Membership.objects.get(project=cast.project, user=cast.stranger)
    remove_member(membership=membership, by=cast.manager)
    text = read(cast, "stranger")
    assert cast.project.name not in text
    assert "unread" not in text


def test_the_author_is_told_once_when_a_whole_press_is_over(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    first = make_generation(batch)
    second = make_generation(batch, status=Status.QUEUED, position=1)
    tell_of_end(first.pk)
    assert "unread" not in read(cast, "contributor")
    type(second).objects.filter(pk=second.pk).update(
        status=Status.FAILED, next_action_at=None, finished_at=first.finished_at
    )
    tell_of_end(first.pk)
    tell_of_end(second.pk)
    text = read(cast, "contributor")
    assert "Notifications, 1 unread" in text
    assert "Some of your images failed in" in text
    assert "unread" not in read(cast, "manager")
