"""Who is told of what, and that nobody is told of what they can't see."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from studio.generation.models import Status
from studio.kit.clock import now
from studio.live.models import Change
from studio.notifying.actions import tell_of_end
from studio.notifying.mail import MOST_TRIES, send_due
from studio.notifying.missed import tell_of_missed_ends
from studio.notifying.models import Kind, Notification
from studio.people.actions import change_team_role
from studio.people.mail_choices import choose_mail
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


def test_one_is_marked_as_read_and_nobody_elses(cast: Cast) -> None:
    for person in (cast.stranger, cast.viewer):
        change_team_role(person=person, role=TeamRole.ADMIN, by=cast.admin)
    client = cast.client(cast.stranger)
    mine, theirs = (Notification.objects.get(person=person) for person in (cast.stranger, cast.viewer))
    assert client.post(f"{PAGE}{theirs.pk}/read").status_code == 404
    assert "Notifications, 1 unread" in read(cast, "viewer")
    menu = client.post(f"{PAGE}{mine.pk}/read", headers={"HX-Request": "true"})
    assert "made you an admin of the team" in " ".join(menu.content.decode().split())
    assert "unread" not in read(cast, "stranger")


def test_open_pages_are_told_whose_bell_has_news(cast: Cast) -> None:
    add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    news = Change.objects.filter(subject_kind="notification")
    assert [(one.project, one.subject_id) for one in news] == [(cast.project, cast.stranger.pk)]


def test_news_come_by_mail_once_as_chosen(cast: Cast, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://studio.example"
    type(cast.manager).objects.filter(pk=cast.manager.pk).update(name="Mia\nBcc: x@example.com")
    add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    choose_mail(kinds=[], of=Kind.values, by=cast.viewer)
    change_team_role(person=cast.viewer, role=TeamRole.ADMIN, by=cast.admin)
    send_due()
    send_due()
    (letter,) = mail.outbox
    assert letter.to == ["stranger@example.com"]
    assert letter.subject == "Mia Bcc: x@example.com made you a viewer of Spring campaign"
    assert "https://studio.example/p/spring/" in letter.body
    assert "https://studio.example/account/" in letter.body


def test_what_the_mail_server_refuses_is_tried_again_but_not_for_ever(cast: Cast, settings: Settings) -> None:
    change_team_role(person=cast.viewer, role=TeamRole.ADMIN, by=cast.admin)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    send_due()
    due = Notification.objects.get(person=cast.viewer).mail_at
    assert due is not None
    assert due > now()
    for _ in range(MOST_TRIES - 1):
        Notification.objects.update(mail_at=now())
        send_due()
    assert Notification.objects.get(person=cast.viewer).mail_at is None
    settings.EMAIL_BACKEND = working
    send_due()
    assert mail.outbox == []


def test_what_one_has_read_or_may_see_no_more_is_not_mailed(cast: Cast) -> None:
    add_member(project=cast.project, person=cast.stranger, role=ProjectRole.VIEWER, by=cast.manager)
    remove_member(
        membership=Membership.objects.get(project=cast.project, user=cast.stranger), by=cast.manager
    )
    change_team_role(person=cast.viewer, role=TeamRole.ADMIN, by=cast.admin)
    newest = Notification.objects.latest("pk").pk
    cast.client(cast.viewer).post(f"{PAGE}read", {"upto": newest})
    send_due()
    assert mail.outbox == []


def test_an_end_that_was_lost_in_a_crash_is_told_later_and_once(cast: Cast) -> None:
    ended = make_generation(make_batch(cast.project, cast.contributor))
    type(ended).objects.filter(pk=ended.pk).update(finished_at=now() - timedelta(minutes=2))
    tell_of_missed_ends()
    assert "Your images are ready in" in read(cast, "contributor")
    assert tell_of_missed_ends() == 0
    assert "Notifications, 1 unread" in read(cast, "contributor")
