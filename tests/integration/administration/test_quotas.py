"""The matrix of limits: what is set, what is inherited and from whom, and what is refused."""

import pytest

from studio.audit.models import AuditEntry
from studio.people.models import User
from studio.projects.models import Project
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
    first = next(one for one in shown.find_all("input") if "aria-invalid" in one.attrs)
    assert "autofocus" in first.attrs
    assert [one.attrs["name"] for one in shown.find_all("[autofocus]")] == [first.attrs["name"]]
    assert not Quota.objects.exists()


def test_what_was_is_written_into_the_audit_log(admin: StrictClient) -> None:
    for value in ("5", "7", "7", ""):
        admin.post(PAGE, {"0-0-day-images": value})
    told = AuditEntry.objects.filter(verb="limit.set").order_by("id").values_list("details", flat=True)
    assert [details["images"] for details in told] == [[None, 5], [5, 7], [7, None]]


def test_a_project_that_is_not_there_is_404(admin: StrictClient) -> None:
    assert admin.get(f"{PAGE}?project=999999").status_code == 404


def opened(client: StrictClient, address: str = PAGE) -> dict[str, str]:
    """Return the matrix as a browser would send it."""
    return sent(client.get(address).content.decode())


def sent(page: str) -> dict[str, str]:
    form = parse(page).find("form.limits")
    assert form
    fields = {one.attrs["name"]: one.attrs.get("value", "") for one in form.find_all("input")}
    return {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def test_two_admins_at_once_set_different_cells_and_both_hold(admin: StrictClient, cast: Cast) -> None:
    person = f"0-{cast.contributor.pk}-month"
    admin.post(PAGE, {"0-0-month-images": "100", f"{person}-images": "9"})
    theirs, ours = opened(admin), opened(admin)
    admin.post(PAGE, {**theirs, "0-0-month-images": "200", f"{person}-money": "30", f"{person}-images": ""})
    assert admin.post(PAGE, {**ours, "0-0-day-images": "5"}).status_code == 302
    found = opened(admin)
    assert (found["0-0-month-images"], found["0-0-day-images"]) == ("200", "5")
    assert (found[f"{person}-money"], found[f"{person}-images"]) == ("30", "")


@pytest.mark.parametrize(("theirs", "told"), [("7", "Is 7 by now."), ("", "Lifted by now.")])
def test_a_cell_that_somebody_else_has_set_meanwhile_is_told_first(
    admin: StrictClient, theirs: str, told: str
) -> None:
    admin.post(PAGE, {"0-0-month-images": "4", "0-0-day-images": "1"})
    ours = {**opened(admin), "0-0-month-images": "5"}
    admin.post(PAGE, {**opened(admin), "0-0-month-images": theirs, "0-0-day-images": "2"})
    answer = admin.post(PAGE, ours)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert "somebody else has set the marked limits meanwhile" in page
    assert parse(page).find("[name='0-0-month-images']").attrs["aria-invalid"] == "true"
    assert opened(admin)["0-0-month-images"] == theirs
    # What was typed is still there, what was not touched is as it is now, and once more is on purpose.
    assert (sent(page)["0-0-month-images"], sent(page)["0-0-day-images"]) == ("5", "2")
    assert admin.post(PAGE, sent(page)).status_code == 302
    assert (opened(admin)["0-0-month-images"], opened(admin)["0-0-day-images"]) == ("5", "2")


def test_what_two_admins_set_alike_is_no_trouble(admin: StrictClient) -> None:
    ours = {**opened(admin), "0-0-total-images": "8"}
    admin.post(PAGE, {"0-0-total-images": "8"})
    assert admin.post(PAGE, ours).status_code == 302


def test_a_mistake_does_not_hide_a_limit_that_somebody_else_has_set(admin: StrictClient) -> None:
    ours = {**opened(admin), "0-0-month-images": "5", "0-0-day-images": "few"}
    admin.post(PAGE, {"0-0-month-images": "7", "0-0-total-images": "70"})
    wrong = admin.post(PAGE, ours)
    assert "some cells are no limits" in wrong.content.decode()
    mended = {**sent(wrong.content.decode()), "0-0-day-images": "1"}
    admin.post(PAGE, {"0-0-total-images": "80"})
    answer = admin.post(PAGE, mended)
    assert answer.status_code == 422
    assert "Is 7 by now." in answer.content.decode()
    assert "Is 80 by now." not in answer.content.decode()
    assert parse(answer.content.decode()).find("[name='0-0-day-images']").attrs["value"] == "1"
    assert admin.post(PAGE, sent(answer.content.decode())).status_code == 302
    found = opened(admin)
    assert (found["0-0-month-images"], found["0-0-total-images"]) == ("5", "80"), "what was not touched stays"


def test_what_is_inherited_stands_in_its_cell_without_the_word_that_heads_the_column(
    admin: StrictClient, cast: Cast
) -> None:
    admin.post(PAGE, {"0-0-day-images": "5000"})
    shown = parse(admin.get(PAGE).content.decode())
    assert shown.find(f"[name='{cast.project.pk}-0-day-images']").attrs["placeholder"] == "5,000"


def test_there_may_be_very_many_projects_and_people(admin: StrictClient, cast: Cast) -> None:
    Project.objects.bulk_create(Project(name=f"Project {n}", slug=f"project-{n}") for n in range(600))
    User.objects.bulk_create(User(email=f"{n}@example.com", name=f"Person {n}") for n in range(600))
    admin.post(PAGE, {"0-0-month-images": "4"})
    last = Project.objects.latest("id").pk
    assert cell(admin, f"{last}-0-month-images").attrs["placeholder"] == "4"
    here = f"{PAGE}?project={last}"
    assert (
        cell(admin, f"{last}-{User.objects.latest('id').pk}-month-images", here).attrs["placeholder"] == "4"
    )
