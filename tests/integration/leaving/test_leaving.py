"""Leaving the team: what happens to the work, the projects and the data of who goes."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.sessions.models import Session

from studio.audit.models import AuditEntry
from studio.generation.models import Favourite, Generation, Image, LimitRequest, RequestState, Status
from studio.invitations.actions import invite
from studio.invitations.models import Invitation
from studio.kit.clock import now
from studio.people.models import EmailChange, Portrait, TeamRole, User
from studio.projects.models import Membership, ProjectRole
from studio.sharing.actions import Terms, make_link
from studio.sharing.models import ShareLink
from studio.spending.models import HoldState
from tests.asking import make_request
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.factories import PASSWORD, AdminFactory, MembershipFactory
from tests.pictures import make_batch, make_generation, make_image

pytestmark = pytest.mark.any_database

PEOPLE = "/admin/people/"


def url_of(person: User, act: str) -> str:
    return f"{PEOPLE}{person.pk}/{act}/"


def words_of(cast: Cast, person: User, act: str) -> str:
    return parse(cast.client(cast.admin).get(url_of(person, act)).content.decode()).text()


def test_the_form_says_what_will_happen_with_counts(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.manager)
    for position, status in enumerate((Status.QUEUED, Status.QUEUED, Status.FETCHING)):
        make_generation(batch, status=status, position=position)
    make_link(project=cast.project, image_ids=[], terms=Terms("All", 30), by=cast.manager)
    words = words_of(cast, cast.manager, "deactivate")
    assert "2 queued are cancelled, and what they hold is released" in words
    assert "1 finishes for its project" in words
    assert "Nobody else manages Spring campaign" in words
    assert "Keep 1 share link of theirs" in words
    assert "Invitations" not in words


def test_what_is_queued_is_cancelled_and_what_is_in_flight_finishes(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    queued = make_generation(batch, status=Status.QUEUED)
    running = make_generation(batch, status=Status.RUNNING, task_id="hub-1", position=1)
    image = make_image(cast.project, cast.contributor)
    request = make_request(cast)
    cast.client(cast.admin).post(url_of(cast.contributor, "deactivate"))
    queued.refresh_from_db()
    running.refresh_from_db()
    request.refresh_from_db()
    assert (queued.status, queued.hold.state) == (Status.CANCELLED, HoldState.RELEASED)
    assert (running.status, running.cancel_requested_at, running.hold.state) == (
        "running",
        None,
        HoldState.OPEN,
    )
    assert request.state == RequestState.WITHDRAWN
    page = cast.client(cast.viewer).get(f"/p/spring/images/{image.pk}/").content.decode()
    assert "The contributor" in page


def test_sessions_end_and_dont_come_back(cast: Cast) -> None:
    theirs, others = cast.client(cast.viewer), cast.client(cast.contributor)
    admin = cast.client(cast.admin)
    admin.post(url_of(cast.viewer, "deactivate"))
    assert theirs.get("/").status_code == 302
    admin.post(url_of(cast.viewer, "reactivate"))
    assert theirs.get("/").status_code == 302
    assert others.get("/").status_code == 200
    login = {"login": cast.viewer.email, "password": PASSWORD}
    assert StrictClient().post("/accounts/login/", login).status_code == 302


def test_the_projects_go_to_who_is_chosen(cast: Cast) -> None:
    admin = cast.client(cast.admin)
    refused = admin.post(url_of(cast.manager, "deactivate"))
    assert refused.status_code == 422
    assert "Choose who takes over these projects." in refused.content.decode()
    assert User.objects.get(pk=cast.manager.pk).is_active
    admin.post(url_of(cast.manager, "deactivate"), {"heir": cast.viewer.pk})
    assert cast.client(cast.viewer).get("/p/spring/settings/").status_code == 200


@pytest.mark.parametrize("heir", ["guest", "deactivated", "manager"])
def test_who_can_manage_nothing_inherits_nothing(cast: Cast, heir: str) -> None:
    response = cast.client(cast.admin).post(
        url_of(cast.manager, "deactivate"), {"heir": getattr(cast, heir).pk}
    )
    assert response.status_code == 422
    assert User.objects.get(pk=cast.manager.pk).is_active


def test_links_and_invitations_of_who_goes_end(cast: Cast) -> None:
    second = AdminFactory()
    invite(addresses=["x@example.com"], role=TeamRole.MEMBER, joins={}, site="http://here/", by=second)
    make_link(project=cast.project, image_ids=[], terms=Terms("All", 30), by=second)
    other = make_link(project=cast.project, image_ids=[], terms=Terms("All", 30), by=cast.manager)
    cast.client(cast.admin).post(url_of(second, "deactivate"))
    assert Invitation.objects.get().revoked_at
    assert [link.is_revoked for link in ShareLink.objects.order_by("id")] == [True, False]
    kept = {"heir": cast.admin.pk, "keeps_links": "1"}
    cast.client(cast.admin).post(url_of(cast.manager, "deactivate"), kept)
    assert ShareLink.objects.get(pk=other.link.pk).works


def test_the_last_admin_cant_leave(cast: Cast) -> None:
    answer = cast.client(cast.admin).post(url_of(cast.admin, "deactivate"))
    assert answer.status_code == 409
    assert "last admin" in answer.content.decode()


def test_leaving_is_confirmed_with_the_password(cast: Cast) -> None:
    client = StrictClient()
    client.force_login(cast.admin)
    for act in ("deactivate", "delete"):
        for answer in (client.get(url_of(cast.viewer, act)), client.post(url_of(cast.viewer, act))):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get(pk=cast.viewer.pk).is_active


def test_who_can_sign_in_is_not_deleted(cast: Cast) -> None:
    answer = cast.client(cast.admin).post(url_of(cast.viewer, "delete"))
    assert answer.status_code == 409
    assert "Deactivate them first." in answer.content.decode()


def test_of_who_is_deleted_nothing_personal_stays_in_any_table(cast: Cast) -> None:
    ada = User.objects.create_user("ada.lovelace@example.com", name="Ada Lovelace", password=PASSWORD)
    MembershipFactory(project=cast.project, user=ada)
    Invitation.objects.create(
        email=ada.email, accepted_by=ada, accepted_at=now(), expires_at=now() + timedelta(days=7)
    )
    image = make_image(cast.project, ada)
    Favourite.objects.create(image=image, person=ada, project=cast.project)
    Portrait.objects.create(person=ada, name="a-face", data=b"webp")
    EmailChange.objects.create(
        person=ada, email="ada.l@example.com", nonce="n", expires_at=now() + timedelta(days=1)
    )
    SocialAccount.objects.create(
        user=ada, provider="https://id.example.com", uid="lovelace", extra_data={"name": "Ada Lovelace"}
    )
    User.objects.filter(pk=ada.pk).update(picture="a-face", mail_choices={"finished": True})
    StrictClient().post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    admin = cast.client(cast.admin)
    admin.post(url_of(ada, "deactivate"))
    audited = AuditEntry.objects.count()
    for _ in range(2):
        admin.post(url_of(ada, "delete"))
    assert AuditEntry.objects.count() == audited + 1
    for name in ("lovelace", "ada.l"):
        assert _tables_with(name) == []
    assert not Favourite.objects.exists()
    assert not Portrait.objects.exists()
    assert User.objects.values("picture", "mail_choices").get(pk=ada.pk) == {
        "picture": "",
        "mail_choices": {},
    }
    assert not Membership.objects.filter(user=ada).exists()
    assert Image.objects.get(pk=image.pk).author_id == ada.pk
    page = cast.client(cast.viewer).get(f"/p/spring/images/{image.pk}/").content.decode()
    assert "Former member" in page
    assert "Former member" in cast.client(cast.admin).get("/admin/audit/").content.decode()


def _tables_with(word: str) -> list[str]:
    """Return the tables in which a word stands in any column of any row; sessions are read."""
    found = {
        model._meta.db_table
        for model in apps.get_models()
        for row in model._base_manager.order_by("pk").values()
        if word in str(row).lower()
    }
    found |= {"sessions" for one in Session.objects.order_by("pk") if word in str(one.get_decoded()).lower()}
    return sorted(found)


def test_who_is_deleted_is_gone_for_good_and_may_come_anew(cast: Cast) -> None:
    address, admin = cast.deactivated.email, cast.client(cast.admin)
    admin.post(url_of(cast.deactivated, "delete"))
    assert address not in admin.get(PEOPLE).content.decode()
    for act in ("reactivate", "link", "deactivate"):
        assert admin.post(url_of(cast.deactivated, act)).status_code == 404
    asked = {"name": "New", "email": address, "role": "member"}
    assert admin.post(PEOPLE, asked).status_code == 200
    assert User.objects.get(email=address).pk != cast.deactivated.pk


def test_a_member_of_a_project_hands_nothing_over_where_others_manage(cast: Cast) -> None:
    MembershipFactory(project=cast.project, role=ProjectRole.MANAGER)
    cast.client(cast.admin).post(url_of(cast.manager, "deactivate"))
    assert not User.objects.get(pk=cast.manager.pk).is_active
    assert not Generation.objects.exists()
    assert not LimitRequest.objects.exists()
