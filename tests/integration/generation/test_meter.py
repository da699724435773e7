"""The meter of the studio: the tightest limit in the header and under the form, live and on the page alike."""

from datetime import timedelta

import pytest

from studio.catalog.actions import install_catalog
from studio.generation.queries import frame_of, open_studio
from studio.kit.clock import now
from studio.spending import actions as spending
from studio.spending.limits import read_limits
from studio.spending.models import Counter, Grant, Quota
from studio.spending.scopes import scopes_of
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast

DOLLAR = 1_000_000


@pytest.fixture
def author(cast: Cast) -> StrictClient:
    install_catalog()
    return cast.client(cast.contributor)


def said(client: StrictClient, where: str, address: str = "/p/spring/") -> str:
    shown = parse(client.get(address).content.decode()).find(where)
    return " ".join(shown.text().split()) if shown else "nothing"


def limits_of_all_kinds(cast: Cast) -> None:
    for project in (None, cast.project, cast.team_project):
        for user in (None, cast.contributor, cast.manager):
            for period in ("day", "month", "total"):
                Quota.objects.create(
                    project=project, user=user, period=period, max_images=90, max_micros=9 * DOLLAR
                )
    Quota.objects.filter(period="day", user=cast.contributor).update(max_images=None)
    Quota.objects.filter(period="total", project=None).update(max_images=None, max_micros=None)
    soon = now() + timedelta(days=1)
    for user, images, micros in ((cast.contributor, 4, 0), (cast.contributor, 0, DOLLAR), (None, 3, 2)):
        Grant.objects.create(
            user=user, period="month", images=images, micros=micros, ends_at=soon, granted_by=cast.admin
        )
    over = {"period": "month", "images": 50, "granted_by": cast.admin, "user": cast.contributor}
    Grant.objects.create(**over, ends_at=now() - timedelta(seconds=1))
    Grant.objects.create(**over, ends_at=soon, revoked_at=now())


def test_limits_read_along_are_those_read_by_themselves(cast: Cast) -> None:
    limits_of_all_kinds(cast)
    held = spending.hold(project=cast.project, by=cast.contributor, images=3, cost_micros=DOLLAR)
    spending.settle(held.pk, images=2)
    spending.hold(project=cast.team_project, by=cast.contributor, images=5, cost_micros=7)
    spending.hold(project=cast.project, by=cast.manager, images=1, cost_micros=11)
    Counter.objects.create(period="day", starts_on=now().date() - timedelta(days=1), spent_images=99)
    _, frame = open_studio("spring", cast.contributor)
    assert frame.limits == read_limits(scopes_of(cast.project.pk, cast.contributor.pk))
    assert len(frame.limits) == 4 * 3 * 2 - 2 - 4
    assert frame == frame_of(cast.project, cast.contributor)


def test_where_nothing_is_limited_the_images_of_the_month_are_told(author: StrictClient) -> None:
    assert said(author, "#usage") == "0 images this month"
    assert said(author, "#usage-lines").startswith("Nothing is limited here. You made 0 images")
    assert said(author, "#press-left") == ""


def test_the_tightest_limit_is_shown_with_its_source_and_period(author: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_micros=50 * DOLLAR)
    Quota.objects.create(period="day", max_images=600)
    held = spending.hold(project=cast.project, by=cast.contributor, images=2, cost_micros=30 * DOLLAR)
    spending.settle(held.pk, images=2)
    spending.hold(project=cast.project, by=cast.contributor, images=1, cost_micros=1_600_000)
    assert said(author, "#usage") == "$31.60 of $50"
    assert said(author, "#press-left") == "You, this month $1.60 held · $18.40 left"
    lines = said(author, "#usage-lines")
    assert "You this month, resets 1 " in lines
    assert "$30 spent, $1.60 held, $18.40 left" in lines
    assert "Team today" in lines
    assert "3 of 600 images" in lines


def test_cards_and_presses_bring_the_meter_along(author: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=10)
    fields = {"model": "mountsea:nano-banana-2", "in-prompt": "A fjord", "in-num_images": "2"}
    answer = parse(author.post("/p/spring/generate", fields, headers={"HX-Request": "true"}).content.decode())
    for page in (answer, parse(author.get("/p/spring/cards?ids=1").content.decode())):
        assert " ".join(page.find("#usage").text().split()) == "2 of 10 images"
        assert (
            " ".join(page.find("#press-left").text().split())
            == "You, this month 2 images held · 8 images left"
        )
    assert said(author, "#usage") == "2 of 10 images"


def test_of_limits_that_nobody_has_used_the_smallest_counts(author: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_micros=5 * DOLLAR)
    Quota.objects.create(project=cast.project, period="month", max_micros=400 * DOLLAR)
    assert said(author, "#usage") == "$0.00 of $5"
