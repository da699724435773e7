"""The list of grants: what is in force and how much of it is in use, what is over, and taking one back."""

import re
from datetime import timedelta

import pytest

from studio.audit.models import AuditEntry
from studio.kit.clock import now
from studio.spending import actions as spending
from studio.spending.granting import give_grant
from studio.spending.limits import OverLimit, Unit
from studio.spending.models import Grant, Quota
from studio.spending.periods import Period
from studio.spending.scopes import Scope
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast

PAGE = "/admin/grants/"


def give(cast: Cast, amount: int = 10, *, days: int = 2) -> Grant:
    return give_grant(
        scope=Scope(None, cast.contributor.pk),
        period=Period.MONTH,
        unit=Unit.IMAGES,
        amount=amount,
        ends_on=now().date() + timedelta(days=days),
        by=cast.admin,
    )


def lines(client: StrictClient) -> list[str]:
    page = parse(client.get(PAGE).content.decode())
    return [" ".join(row.text().split()) for row in page.find_all("tbody tr")]


def test_without_grants_the_page_says_what_will_be_there(admin: StrictClient) -> None:
    assert "Nothing was granted yet" in admin.get(PAGE).content.decode()


def test_a_grant_says_how_much_of_it_is_in_use(admin: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=2)
    give(cast)
    spending.hold(project=cast.project, by=cast.contributor, images=5)
    (line,) = lines(admin)
    assert line.startswith("The contributor 10 images a month")
    assert "3 images" in line
    assert "The admin" in line


@pytest.mark.parametrize("given", [((20, 9), (4, 3)), ((4, 3), (20, 9))], ids=["late first", "early first"])
def test_of_two_grants_on_one_limit_the_first_to_end_is_used_up_first(
    admin: StrictClient, cast: Cast, given: tuple[tuple[int, int], ...]
) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=2)
    for amount, days in given:
        give(cast, amount, days=days)
    spending.hold(project=cast.project, by=cast.contributor, images=7)
    early, late = sorted(lines(admin), key=lambda line: "20 images" in line)
    assert "4 images a month" in early
    assert re.search(r"\b4 images in use The admin", early)
    assert "20 images a month" in late
    assert re.search(r"\b1 image in use The admin", late)


def test_a_grant_names_the_last_day_on_which_it_counts(admin: StrictClient, cast: Cast) -> None:
    give(cast, days=2)
    last = now().date() + timedelta(days=2)
    assert f"{last.day} {last:%b %Y}" in lines(admin)[0]


def test_a_grant_is_in_use_only_when_its_limit_is_used_up(admin: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=8)
    give(cast)
    spending.hold(project=cast.project, by=cast.contributor, images=7)
    assert "0 images in use The admin" in lines(admin)[0]


def test_a_revoked_grant_no_longer_counts_and_is_revoked_once(admin: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=2)
    grant = give(cast)
    assert admin.post(f"{PAGE}{grant.pk}/revoke/").headers["Location"] == PAGE
    with pytest.raises(OverLimit):
        spending.hold(project=cast.project, by=cast.contributor, images=3)
    assert admin.post(f"{PAGE}{grant.pk}/revoke/").status_code == 409
    assert "Revoked" in lines(admin)[0]
    assert "Revoke The" not in lines(admin)[0]
    assert AuditEntry.objects.filter(verb="grant.revoked").count() == 1


def test_those_in_force_come_first_and_those_over_say_so(admin: StrictClient, cast: Cast) -> None:
    give(cast, 1)
    give(cast, 2)
    Grant.objects.filter(images=2).update(ends_at=now() - timedelta(hours=1))
    shown = lines(admin)
    assert shown[0].startswith("The contributor 1 image a month")
    assert "Over" in shown[1]


def test_more_grants_need_no_further_query(admin: StrictClient, cast: Cast) -> None:
    Quota.objects.create(user=cast.contributor, period="month", max_images=2)
    give(cast)
    assert_same_queries(admin, PAGE, lambda: [give(cast) for _ in range(5)])
