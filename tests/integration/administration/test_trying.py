"""Trying it out: the answer names every limit on the way, and the one that is in it."""

import pytest

from studio.projects.actions import archive_project
from studio.spending import actions as spending
from studio.spending.limits import OverLimit
from studio.spending.models import Quota
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast

pytestmark = pytest.mark.any_database

DOLLAR = 1_000_000


def verdict(client: StrictClient, cast: Cast, **asked: object) -> str:
    about = {"person": cast.contributor.pk, "in": cast.project.pk, **asked}
    page = parse(
        client.get("/admin/quotas/", {name: str(value) for name, value in about.items()}).content.decode()
    )
    shown = page.find("#verdict")
    return " ".join(shown.text().split()) if shown else "nothing"


def test_the_one_in_the_way_is_named_with_what_is_left(admin: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="day", max_images=120)
    Quota.objects.create(period="day", max_images=600, max_micros=60 * DOLLAR)
    spending.hold(project=cast.project, by=cast.contributor, images=108, cost_micros=DOLLAR)
    said = verdict(admin, cast, images=40)
    assert said.startswith("No: only 12 of 40 images")
    assert "Fits: The team, images a day" in said
    assert "In the way: The contributor, images a day 0 images spent, 108 images held, 12 images left" in said
    assert "money" not in said
    assert verdict(admin, cast, images=12).startswith("Yes")


def test_money_is_asked_about_by_itself(admin: StrictClient, cast: Cast) -> None:
    Quota.objects.create(project=cast.project, user=cast.contributor, period="total", max_micros=5 * DOLLAR)
    said = verdict(admin, cast, dollars="7.50")
    assert said.startswith("No: only $5.00 of $7.50")
    assert "In the way: The contributor in Spring campaign, money in total" in said
    assert verdict(admin, cast, dollars="5").startswith("Yes")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"dollars": "5"}, "Yes Fits: The team, money a day"),
        ({"images": "3", "dollars": "0"}, "No: only 0 of 3 images"),
        ({"images": "3", "dollars": "1"}, "No: only 0 of 3 images"),
    ],
)
def test_a_limit_that_was_lowered_below_its_use_can_be_asked_about(
    admin: StrictClient, cast: Cast, asked: dict[str, str], said: str
) -> None:
    spending.hold(project=cast.project, by=cast.contributor, images=3, cost_micros=DOLLAR)
    Quota.objects.create(period="day", max_images=2, max_micros=60 * DOLLAR)
    assert verdict(admin, cast, **asked).startswith(said)


def test_where_too_much_is_spent_not_even_what_is_free_fits(admin: StrictClient, cast: Cast) -> None:
    spending.hold(project=cast.project, by=cast.contributor, images=3, cost_micros=2 * DOLLAR)
    Quota.objects.create(period="day", max_micros=DOLLAR)
    with pytest.raises(OverLimit):
        spending.hold(project=cast.project, by=cast.contributor, images=3, cost_micros=0)
    assert verdict(admin, cast, images=3, dollars="0").startswith("No: more is used than a limit allows")


@pytest.mark.parametrize(("of_team", "of_person"), [(3, 12), (12, 3)])
def test_of_several_in_the_way_the_tightest_says_what_would_fit(
    admin: StrictClient, cast: Cast, of_team: int, of_person: int
) -> None:
    Quota.objects.create(period="day", max_images=of_team)
    Quota.objects.create(user=cast.contributor, period="day", max_images=of_person)
    said = verdict(admin, cast, images=40)
    assert said.startswith("No: only 3 of 40 images")
    assert said.count("In the way:") == 2


def test_an_archived_project_is_told_by_name(admin: StrictClient, cast: Cast) -> None:
    archive_project(project=cast.project, by=cast.admin)
    assert verdict(admin, cast, images=1).startswith("No: The contributor can’t: Spring campaign is archived")


def test_where_nothing_is_limited_it_says_so(admin: StrictClient, cast: Cast) -> None:
    assert verdict(admin, cast, images=9) == "Yes Nothing is limited there."


def test_who_may_not_make_anything_is_told_before_any_limit(admin: StrictClient, cast: Cast) -> None:
    said = verdict(admin, cast, person=cast.viewer.pk, images=1)
    assert said.startswith("No: The viewer may not make images in Spring campaign")
    assert verdict(admin, cast, person=cast.deactivated.pk, images=1).startswith(
        "No: The deactivated is deactivated"
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"images": "many"}, "A whole number of images."),
        ({"dollars": "-1"}, "This is no amount of money."),
        ({"images": "0"}, "Say how many images, or how much money."),
        ({}, "Say how many images, or how much money."),
        ({"person": "x", "images": "1"}, ""),
        ({"in": "999999", "images": "1"}, ""),
    ],
)
def test_what_makes_no_sense_is_said(
    admin: StrictClient, cast: Cast, asked: dict[str, str], sentence: str
) -> None:
    assert verdict(admin, cast, **asked) == sentence


def test_what_was_asked_stays_in_the_form_and_is_escaped(admin: StrictClient, cast: Cast) -> None:
    answer = admin.get("/admin/quotas/", {"person": cast.viewer.pk, "in": cast.project.pk, "images": "<b>"})
    page = parse(answer.content.decode())
    assert page.find("#try-images").attrs["value"] == "<b>"
    assert '<b>"' not in answer.content.decode()
    chosen = [one.text() for one in page.find_all("#try-person option") if "selected" in one.attrs]
    assert chosen == ["The viewer"]


def test_limits_of_the_deactivated_are_still_there_to_be_lifted(admin: StrictClient, cast: Cast) -> None:
    assert "The deactivated" not in parse(admin.get("/admin/quotas/").content.decode()).find(".limits").text()
    Quota.objects.create(user=cast.deactivated, period="month", max_images=7)
    page = parse(admin.get("/admin/quotas/").content.decode())
    assert page.find(f"[name='0-{cast.deactivated.pk}-month-images']").attrs["value"] == "7"
    assert "The deactivated Deactivated" in " ".join(page.find(".limits").text().split())
