"""The people page: adding, linking, changing and deactivating."""

import re

import pytest
from django.urls import reverse

from studio.audit.models import AuditEntry
from studio.people.actions import deactivate_person
from studio.people.factors.actions import set_rule
from studio.people.models import SignInRule, TeamRole, User
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory
from tests.factors import give_app

pytestmark = pytest.mark.any_database

URL = "/admin/people/"


def url_of(person: User, act: str) -> str:
    return f"{URL}{person.pk}/{act}/"


def link_in(html: bytes) -> str | None:
    field = parse(html.decode()).find("#fresh-link")
    return field.attrs["value"] if field else None


def test_the_page_shows_role_projects_and_last_sign_in(cast: Cast) -> None:
    page = parse(cast.client(cast.admin).get(URL).content.decode())
    row = next(row for row in page.find_all("tr") if "manager@example.com" in row.text())
    assert "Spring campaign" in row.text()
    assert "Never" in row.text()


def test_a_person_is_added_and_comes_in_by_the_link(cast: Cast) -> None:
    client = cast.client(cast.admin)
    page = client.post(URL, {"name": "Nora", "email": "nora@example.com", "role": "member"})
    link = link_in(page.content)
    assert link
    assert link.startswith("http://testserver/welcome/")
    assert link_in(client.get(URL).content) is None, "shown once only"

    newcomer = StrictClient()
    newcomer.post(link, {"name": "Nora", "password": "quite a good password"})
    assert newcomer.get("/").status_code == 200
    assert AuditEntry.objects.get(verb="person.added").actor == cast.admin


def test_a_taken_address_gets_a_sentence(cast: Cast) -> None:
    response = cast.client(cast.admin).post(
        URL, {"name": "x", "email": "VIEWER@example.com", "role": "admin"}
    )
    assert response.status_code == 422
    assert "There is already somebody with the address viewer@example.com." in response.content.decode()


def test_bad_fields_get_a_sentence_and_add_nobody(cast: Cast) -> None:
    before = User.objects.count()
    for bad in ({"email": "nonsense"}, {"role": "owner"}, {"name": "a\0b"}, {"name": "x" * 100_000}):
        response = cast.client(cast.admin).post(
            URL, {"name": "x", "email": "x@example.com", "role": "member", **bad}
        )
        assert response.status_code == 422
    assert User.objects.count() == before


def test_a_new_link_lets_somebody_choose_another_password(cast: Cast) -> None:
    link = link_in(cast.client(cast.admin).post(url_of(cast.viewer, "link")).content)
    assert link
    assert StrictClient().post(link, {"name": "V", "password": "quite a good password"}).status_code == 302


def test_a_deactivated_person_gets_no_link(cast: Cast) -> None:
    assert cast.client(cast.admin).post(url_of(cast.deactivated, "link")).status_code == 409


def test_a_member_becomes_admin_and_back(cast: Cast) -> None:
    client = cast.client(cast.admin)
    client.post(url_of(cast.viewer, "role"), {"role": "admin"})
    assert cast.client(cast.viewer).get(URL).status_code == 200
    client.post(url_of(cast.viewer, "role"), {"role": "member"})
    assert cast.client(cast.viewer).get(URL).status_code == 403


def role_form(page: Element, person: User) -> dict[str, str]:
    """Return the form of somebody's role as a browser would send it."""
    form = page.find(f"form[action='{url_of(person, 'role')}']")
    assert form
    seen = form.find("[name=seen]")
    assert seen
    (chosen,) = [one.attrs["value"] for one in form.find_all("option") if "selected" in one.attrs]
    return {"seen": seen.attrs["value"], "role": chosen}


def test_a_role_that_somebody_else_has_changed_meanwhile_is_told_first(cast: Cast) -> None:
    client, address = cast.client(cast.admin), url_of(cast.viewer, "role")
    # It was found by what the person is no more, and is shown all the same.
    found = f"{URL}?q=member"
    ours = {**role_form(parse(client.get(found).content.decode()), cast.viewer), "role": "guest"}
    client.post(address, {"role": "admin"})
    answer = client.post(address, ours, headers={"Referer": found})
    assert answer.status_code == 409
    page = parse(answer.content.decode())
    alert = page.find("td [role=alert]")
    assert alert
    assert "somebody else has made The viewer an admin meanwhile" in alert.text()
    assert cast.client(cast.viewer).get(URL).status_code == 200, "still an admin"
    again = role_form(page, cast.viewer)
    assert again == {"seen": "admin", "role": "guest"}
    form = page.find(f"form[action='{address}']")
    assert form
    button = page.find(f"button[form='{form.attrs['id']}']")
    assert button, "the same choice can be sent once more"
    assert client.post(address, again).status_code == 302
    shown = parse(client.get(URL).content.decode())
    assert role_form(shown, cast.viewer) == {"seen": "guest", "role": "guest"}
    assert not shown.find("td [role=alert]")


def test_a_role_of_somebody_who_was_deactivated_meanwhile_stays(cast: Cast) -> None:
    client = cast.client(cast.admin)
    ours = {**role_form(parse(client.get(URL).content.decode()), cast.viewer), "role": "admin"}
    deactivate_person(person=cast.viewer, by=cast.admin)
    answer = client.post(url_of(cast.viewer, "role"), ours)
    assert answer.status_code == 409
    assert (
        "Nothing was changed: The viewer was deactivated meanwhile." in parse(answer.content.decode()).text()
    )
    cast.viewer.refresh_from_db()
    assert cast.viewer.role == TeamRole.MEMBER


def factors_form(page: Element) -> dict[str, str]:
    form = page.find(".two-factors form")
    assert form
    seen = form.find("[name=seen]")
    assert seen
    (chosen,) = [one.attrs["value"] for one in form.find_all("option") if "selected" in one.attrs]
    return {"seen": seen.attrs["value"], "two_factors": chosen}


def test_two_factors_that_somebody_else_has_asked_of_others_are_told_first(cast: Cast) -> None:
    client, address = cast.client(cast.admin), reverse("administration:two_factors")
    ours = {**factors_form(parse(client.get(URL).content.decode())), "two_factors": "admins"}
    set_rule(rule=SignInRule.TwoFactors.EVERYBODY, by=cast.admin)
    give_app(cast.admin)
    answer = client.post(address, ours)
    assert answer.status_code == 409
    page = parse(answer.content.decode())
    alert = page.find(".two-factors [role=alert]")
    assert alert
    assert "somebody else has chosen “Everybody” meanwhile" in alert.text()
    assert SignInRule.objects.get().two_factors == "everybody"
    again = factors_form(page)
    assert again == {"seen": "everybody", "two_factors": "admins"}
    assert client.post(address, again).status_code == 302
    assert SignInRule.objects.get().two_factors == "admins"


def test_two_who_give_the_same_role_are_not_disturbed(cast: Cast) -> None:
    client, address = cast.client(cast.admin), url_of(cast.viewer, "role")
    client.post(address, {"role": "admin"})
    assert client.post(address, {"seen": "member", "role": "admin"}).status_code == 302


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    assert cast.client(cast.admin).post(url_of(cast.viewer, "role"), {"role": "owner"}).status_code == 422


def test_the_last_admin_stays(cast: Cast) -> None:
    UserFactory(role=TeamRole.ADMIN, is_active=False)
    client = cast.client(cast.admin)
    for response in (
        client.post(url_of(cast.admin, "role"), {"role": "member"}),
        client.post(url_of(cast.admin, "deactivate")),
    ):
        assert response.status_code == 409
        assert "the team’s last admin" in response.content.decode()
    assert client.get(URL).status_code == 200


def test_deactivated_and_reactivated(cast: Cast) -> None:
    client, theirs = cast.client(cast.admin), cast.client(cast.viewer)
    client.post(url_of(cast.viewer, "deactivate"))
    assert theirs.get("/").status_code == 302
    assert re.search(r"viewer\s+Deactivated", parse(client.get(URL).content.decode()).text())
    client.post(url_of(cast.viewer, "reactivate"))
    assert cast.client(cast.viewer).get("/").status_code == 200


def test_the_page_needs_the_same_queries_for_more_people(cast: Cast) -> None:
    assert_same_queries(cast.client(cast.admin), URL, lambda: MembershipFactory.create_batch(10))
