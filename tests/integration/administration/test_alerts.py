"""Who is told when a limit gets short: choosing them, and what they get."""

from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.spending import actions as spending
from studio.spending.alerts import tell_watchers
from studio.spending.limiting import set_limit
from studio.spending.models import Quota, QuotaAlert
from studio.spending.periods import Period
from studio.spending.scopes import TEAM, Scope
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast

PAGE = "/admin/alerts/"


@pytest.fixture
def quota(cast: Cast) -> Quota:
    set_limit(scope=TEAM, period=Period.MONTH, max_images=4, max_micros=5_000_000, by=cast.admin)
    return Quota.objects.get()


def lines(client: StrictClient) -> list[str]:
    page = parse(client.get(PAGE).content.decode())
    return [" ".join(line.text().split()) for line in page.find_all(".alerts a")]


def test_without_limits_the_page_says_what_will_be_there(admin: StrictClient) -> None:
    assert "No limit is set yet" in admin.get(PAGE).content.decode()


def test_the_admins_are_told_until_somebody_is_chosen(admin: StrictClient, quota: Quota, cast: Cast) -> None:
    assert lines(admin) == ["The team 4 images and $5 a month The admins"]
    form = parse(admin.get(f"{PAGE}?limit={quota.pk}").content.decode()).find(".alerts form")
    assert form
    assert "The manager" in form.text()
    assert cast.deactivated.display_name not in form.text()
    people = [cast.manager.pk, cast.viewer.pk]
    answer = admin.post(f"{PAGE}{quota.pk}/", {"person": people}, follow=True)
    assert "They will be told." in answer.content.decode()
    assert lines(admin) == ["The team 4 images and $5 a month The manager, The viewer"]
    entry = AuditEntry.objects.get(verb="limit.watchers_chosen")
    assert entry.details["watchers"] == [[], sorted(people)]
    log = admin.get("/admin/audit/").content.decode()
    assert "The manager, The viewer" in log
    admin.post(f"{PAGE}{quota.pk}/", {})
    assert lines(admin) == ["The team 4 images and $5 a month The admins"]


def test_only_who_was_chosen_gets_the_mail_and_only_admins_its_link(
    admin: StrictClient, quota: Quota, cast: Cast, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://studio.example"
    admin.post(f"{PAGE}{quota.pk}/", {"person": [cast.manager.pk, cast.admin.pk]})
    spending.hold(project=cast.project, by=cast.contributor, images=2, cost_micros=1_000)
    tell_watchers(QuotaAlert.objects.get().pk)
    texts = {message.to[0]: message.body for message in mail.outbox}
    assert texts.keys() == {cast.manager.email, cast.admin.email}
    assert "2 images held of 4 images a month" in texts[cast.manager.email]
    assert "https://studio.example/admin/quotas/" in texts[cast.admin.email]
    assert "studio.example" not in texts[cast.manager.email]


@pytest.mark.parametrize("person", ["0", "x", "999999"])
def test_nobody_outside_the_team_can_be_chosen(
    admin: StrictClient, quota: Quota, cast: Cast, person: str
) -> None:
    cast.deactivated.refresh_from_db()
    answer = admin.post(f"{PAGE}{quota.pk}/", {"person": [cast.deactivated.pk, person]})
    assert answer.status_code == 422
    assert "no longer in the team" in answer.content.decode()
    assert not quota.watchers.exists()


def opened(page: Element) -> dict[str, Any]:
    """Return the form of the open limit as a browser would send it."""
    form = page.find(".alerts form")
    assert form
    seen = form.find("[name=seen]")
    assert seen
    people = [one.attrs["value"] for one in form.find_all("[name=person]") if "checked" in one.attrs]
    return {"seen": seen.attrs["value"], "person": people}


@pytest.mark.parametrize("theirs", [["viewer"], []])
def test_people_whom_somebody_else_has_chosen_meanwhile_are_told_first(
    admin: StrictClient, quota: Quota, cast: Cast, theirs: list[str]
) -> None:
    address = f"{PAGE}{quota.pk}/"
    admin.post(address, {"person": [cast.manager.pk]})
    ours = opened(parse(admin.get(f"{PAGE}?limit={quota.pk}").content.decode()))
    ours["person"].append(str(cast.contributor.pk))
    admin.post(address, {"person": [getattr(cast, name).pk for name in theirs]})
    answer = admin.post(address, ours)
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    told = "The viewer" if theirs else "the admins"
    alert = page.find(".alerts [role=alert]")
    assert alert
    assert f"somebody else has chosen {told} meanwhile" in alert.text()
    assert lines(admin) == [f"The team 4 images and $5 a month {told[0].upper()}{told[1:]}"]
    again = opened(page)
    assert sorted(again["person"]) == sorted(ours["person"]), "whom we chose stays chosen"
    assert admin.post(address, again).status_code == 302
    assert lines(admin) == ["The team 4 images and $5 a month The contributor, The manager"]


def test_nobody_is_told_of_a_limit_that_was_lifted_meanwhile(
    admin: StrictClient, quota: Quota, cast: Cast
) -> None:
    set_limit(scope=TEAM, period=Period.MONTH, max_images=None, max_micros=None, by=cast.admin)
    answer = admin.post(f"{PAGE}{quota.pk}/", {"person": [cast.manager.pk]}, follow=True)
    page = answer.content.decode()
    assert "This limit was lifted meanwhile" in page
    assert "They will be told." not in page


def test_two_who_choose_the_same_people_are_not_disturbed(
    admin: StrictClient, quota: Quota, cast: Cast
) -> None:
    ours = opened(parse(admin.get(f"{PAGE}?limit={quota.pk}").content.decode()))
    people = {"person": [cast.viewer.pk]}
    admin.post(f"{PAGE}{quota.pk}/", people)
    assert admin.post(f"{PAGE}{quota.pk}/", {**ours, **people}).status_code == 302


def test_a_limit_that_was_lifted_is_not_listed(admin: StrictClient, quota: Quota, cast: Cast) -> None:
    set_limit(scope=TEAM, period=Period.MONTH, max_images=None, max_micros=None, by=cast.admin)
    assert lines(admin) == []


def test_the_page_needs_the_same_queries_for_any_number_of_limits(
    admin: StrictClient, quota: Quota, cast: Cast
) -> None:
    def more() -> None:
        for person in (cast.manager, cast.viewer):
            scope = Scope(cast.project.pk, person.pk)
            set_limit(scope=scope, period=Period.DAY, max_images=3, max_micros=None, by=cast.admin)
        for each in Quota.objects.order_by("id"):
            each.watchers.set([cast.manager, cast.viewer])

    assert_same_queries(admin, PAGE, more)
