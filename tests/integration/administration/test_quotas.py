"""The matrix of limits: what is set, what is inherited and from whom, and what is refused."""

import pytest

from studio.audit.models import AuditEntry
from studio.spending import actions as spending
from studio.spending.limits import OverLimit
from studio.spending.models import Quota
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.cast import Cast

PAGE = "/admin/quotas/"


def cell(client: StrictClient, name: str, address: str = PAGE) -> Element:
    found = parse(client.get(address).content.decode()).find(f"[name='{name}']")
    assert found
    return found


def test_a_limit_that_is_set_holds_and_is_shown_with_what_is_used(admin: StrictClient, cast: Cast) -> None:
    name = f"{cast.project.pk}-0-month-images"
    assert admin.post(PAGE, {name: "4"}).headers["Location"] == PAGE
    spending.hold(project=cast.project, by=cast.contributor, images=3)
    with pytest.raises(OverLimit):
        spending.hold(project=cast.project, by=cast.contributor, images=2)
    assert cell(admin, name).attrs["value"] == "4"
    assert "0 images spent, 3 images held, 1 image left" in admin.get(PAGE).content.decode()


def test_an_empty_cell_inherits_the_tightest_and_says_from_whom(admin: StrictClient, cast: Cast) -> None:
    person = cast.contributor.pk
    here = f"{PAGE}?project={cast.project.pk}"
    admin.post(PAGE, {"0-0-month-money": "600", f"{cast.project.pk}-0-month-money": "$1,400.50"})
    inside = f"{cast.project.pk}-{person}-month-money"
    assert cell(admin, inside, here).attrs["placeholder"] == "$600"
    admin.post(PAGE, {f"0-{person}-month-money": "50"})
    shown = cell(admin, inside, here)
    assert (shown.attrs["placeholder"], shown.attrs["value"]) == ("$50", "")
    assert cell(admin, f"{cast.project.pk}-0-month-money").attrs["value"] == "1400.50"
    admin.post(here, {inside: "20"})
    assert Quota.objects.get(project=cast.project, user=cast.contributor).max_micros == 20_000_000


def test_a_wrong_cell_changes_nothing_and_keeps_what_was_typed(admin: StrictClient, cast: Cast) -> None:
    answer = admin.post(PAGE, {"0-0-day-images": "5", "0-0-day-money": "-3", "0-0-month-images": "9" * 30})
    assert answer.status_code == 422
    shown = parse(answer.content.decode())
    assert shown.find("[name='0-0-day-money']").attrs["value"] == "-3"
    assert "A whole number of images." in shown.text()
    assert not Quota.objects.exists()


def test_what_was_is_written_into_the_audit_log(admin: StrictClient) -> None:
    for value in ("5", "7", "7", ""):
        admin.post(PAGE, {"0-0-day-images": value})
    told = AuditEntry.objects.filter(verb="limit.set").order_by("id").values_list("details", flat=True)
    assert [details["images"] for details in told] == [[None, 5], [5, 7], [7, None]]


def test_a_project_that_is_not_there_is_404(admin: StrictClient) -> None:
    assert admin.get(f"{PAGE}?project=999999").status_code == 404
