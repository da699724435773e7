"""Inviting from the page of the team, and coming in."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django_q.models import OrmQ

from studio.audit.models import AuditEntry
from studio.invitations.mail import send_invitation
from studio.invitations.models import Invitation
from studio.people.models import User
from studio.projects.models import Membership
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast

pytestmark = pytest.mark.any_database

PAGE = "/admin/people/"
INVITE = f"{PAGE}invite/"
PASSWORD = "quite a good password"


def post(cast: Cast, addresses: str, **more: Any) -> Any:
    data = {"addresses": addresses, "team_role": "member", "project_role": "contributor", **more}
    with TestCase.captureOnCommitCallbacks(execute=True):
        return cast.client(cast.admin).post(INVITE, data, follow=True)


def link_of(cast: Cast, email: str) -> str:
    """Return the link that the page of the team shows for an invited address."""
    page = parse(cast.client(cast.admin).get(PAGE).content.decode())
    number = Invitation.objects.pending().get(email=email).pk
    field = page.find(f"#invitation-{number}")
    assert field is not None
    return str(field.attrs["value"])


def _pending(cast: Cast) -> str:
    """Return what the page of the team says of those who have not come in yet."""
    found = parse(cast.client(cast.admin).get(PAGE).content.decode()).find(".pending")
    return found.text() if found else ""


def come_in(link: str, **more: str) -> tuple[StrictClient, Any]:
    browser = StrictClient()
    return browser, browser.post(link, {"name": "Nora", "password": PASSWORD, **more})


def test_a_list_of_people_is_invited_and_one_comes_in(cast: Cast) -> None:
    answer = post(
        cast,
        "nora@example.com, Kim Ode <KIM@example.com>;\nvera@example.com nora@example.com",
        projects=[cast.project.pk],
        project_role="viewer",
    )
    assert "3 people were invited." in answer.content.decode()
    browser, answer = come_in(link_of(cast, "nora@example.com"))
    assert answer["Location"] == f"/p/{cast.project.slug}/"
    assert browser.get(answer["Location"]).status_code == 200
    nora = User.objects.get(email="nora@example.com")
    assert nora.name == "Nora"
    assert not nora.is_admin
    assert Membership.objects.get(user=nora).role == "viewer"
    assert list(Invitation.objects.pending().order_by("email").values_list("email", flat=True)) == [
        "kim@example.com",
        "vera@example.com",
    ]
    verbs = AuditEntry.objects.filter(subject_kind="invitation").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["invitation.sent"] * 3 + ["invitation.accepted"]


def test_a_file_of_addresses_is_read(cast: Cast) -> None:
    file = SimpleUploadedFile("team.csv", '\ufeffName,E-mail\n"Ode, Kim",kim@example.com\n'.encode())
    answer = post(cast, "", file=file)
    assert answer.status_code == 422, "a name is no address"
    assert "“Ode” is not an e-mail address. Nobody was invited yet." in answer.content.decode()
    post(cast, "", file=SimpleUploadedFile("team.csv", b"E-mail\nkim@example.com\nvera@example.com\n"))
    assert Invitation.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"addresses": ""}, "Type or paste up to 200 e-mail addresses."),
        (
            {"addresses": "nora@example.com, hannes@northlight"},
            "“hannes@northlight” is not an e-mail address.",
        ),
        ({"addresses": " ".join(f"p{n}@example.com" for n in range(201))}, "These are 201 addresses"),
        ({"addresses": "a@example.com", "team_role": "owner"}, "owner is not one of the available choices"),
        (
            {"addresses": "a@example.com", "projects": ["999999"]},
            "999999 is not one of the available choices",
        ),
        ({"file": SimpleUploadedFile("a.csv", b"\xff\xfe\x00\x01")}, "This file is no list of addresses"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_gets_a_sentence_and_invites_nobody(
    sent: dict[str, Any], sentence: str, cast: Cast
) -> None:
    answer = post(cast, **{"addresses": "", **sent})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Invitation.objects.exists()


def test_who_is_in_the_team_gets_the_projects_at_once(cast: Cast) -> None:
    answer = post(cast, f"{cast.stranger.email} {cast.viewer.email}", projects=[cast.project.pk])
    page = answer.content.decode()
    assert "Added to the projects at once: The stranger." in page
    assert "In the team already: The viewer." in page
    assert Membership.objects.get(user=cast.stranger, project=cast.project).role == "contributor"
    assert Membership.objects.get(user=cast.viewer, project=cast.project).role == "viewer"
    assert not Invitation.objects.exists()


def test_the_mail_has_the_link_and_the_queue_has_not(cast: Cast, mailoutbox: list[mail.EmailMessage]) -> None:
    post(cast, "nora@example.com")
    invitation = Invitation.objects.get()
    [task] = [queued.task for queued in OrmQ.objects.order_by("id")]
    assert task["func"] == "studio.invitations.mail.send_invitation"
    assert invitation.nonce not in str(task)
    send_invitation(*task["args"])
    [message] = mailoutbox
    assert message.to == ["nora@example.com"]
    assert message.subject == "The admin invited you to Studio"
    [link] = re.findall(r"http\S+", str(message.body))
    assert link == link_of(cast, "nora@example.com")
    assert come_in(link)[1].status_code == 302


@pytest.mark.parametrize("deed", ["renew", "revoke"])
def test_a_renewed_or_withdrawn_link_is_dead(deed: str, cast: Cast) -> None:
    post(cast, "nora@example.com")
    old = link_of(cast, "nora@example.com")
    number = Invitation.objects.get().pk
    with TestCase.captureOnCommitCallbacks():
        assert cast.client(cast.admin).post(f"{PAGE}invitations/{number}/{deed}/").status_code == 302
    _, answer = come_in(old)
    assert answer.status_code == {"renew": 404, "revoke": 410}[deed]
    assert not User.objects.filter(email="nora@example.com").exists()
    assert ("nora@example.com" in _pending(cast)) == (deed == "renew")
    if deed == "renew":
        assert come_in(link_of(cast, "nora@example.com"))[1].status_code == 302
        assert cast.client(cast.admin).post(f"{PAGE}invitations/{number}/revoke/").status_code == 409


def test_an_expired_invitation_says_so_and_can_be_sent_again(cast: Cast) -> None:
    post(cast, "nora@example.com")
    link = link_of(cast, "nora@example.com")
    invitation = Invitation.objects.get()
    invitation.expires_at = invitation.created_at
    invitation.save()
    _, answer = come_in(link)
    assert answer.status_code == 410
    assert "This invitation has expired" in answer.content.decode()
    row = cast.client(cast.admin).get(PAGE).content.decode()
    assert "Expired" in row
    assert "Send again" in row
    post(cast, "nora@example.com")
    assert come_in(link_of(cast, "nora@example.com"))[1].status_code == 302


def test_a_link_works_once_and_only_as_it_was_made(cast: Cast) -> None:
    post(cast, "nora@example.com")
    link = link_of(cast, "nora@example.com")
    changed = f"{link[:-2]}{'A' if link[-2] != 'A' else 'B'}/"
    assert come_in(changed)[1].status_code == 404
    assert come_in(link, password="short")[1].status_code == 422
    assert come_in(link)[1].status_code == 302
    _, again = come_in(link)
    assert again.status_code == 410
    assert "This invitation has been used" in again.content.decode()


def test_who_got_an_account_meanwhile_is_told_to_sign_in(cast: Cast) -> None:
    post(cast, "nora@example.com")
    link = link_of(cast, "nora@example.com")
    User.objects.create_user("nora@example.com", name="Nora")
    _, answer = come_in(link)
    assert answer.status_code == 410
    assert "You have an account already" in answer.content.decode()
