"""What failed is tried again: one of a batch, or all that failed of it in one press."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from studio.generation import actions
from studio.generation.models import Batch, Generation, Status
from studio.keys.actions import ensure_sandbox_keys
from studio.kit.clock import now
from studio.kit.errors import Conflict
from studio.live.models import Change
from studio.spending import actions as spending
from studio.spending.models import Hold, Quota
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import make_batch, make_generation

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(cast: Cast, settings: Settings) -> StrictClient:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    ensure_sandbox_keys()
    return cast.client(cast.contributor)


def add(
    batch: Batch, status: Status = Status.FAILED, *, is_charged: bool = False, **fields: str
) -> Generation:
    ended = {} if status == Status.SUCCEEDED else {"finished_at": now(), "next_action_at": None}
    generation = make_generation(batch, status=status, position=batch.generations.count(), **ended, **fields)
    if status != Status.SUCCEEDED:
        end = spending.settle if is_charged else spending.release
        end(generation.hold_id, **({"images": 1} if is_charged else {}))
    return generation


def failures(client: StrictClient, batch: Batch) -> Element:
    found = parse(client.get("/p/spring/").content.decode()).find(f"#batch-failures-{batch.pk}")
    assert found
    return found


def address(batch: Batch) -> str:
    return f"/p/spring/batches/{batch.pk}/retry"


def test_all_that_failed_goes_out_in_one_press(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    add(batch, Status.SUCCEEDED)
    failed = [add(batch) for _ in range(3)]
    assert "3 of 4 failed. You were not charged for them." in failures(browser, batch).text()
    before = browser.get("/p/spring/")
    response = browser.post(address(batch), headers=HTMX)
    fresh = Batch.objects.get(generations__retry_of=failed[0])
    retried = fresh.generations.order_by("position")
    assert list(retried.values_list("retry_of", flat=True)) == [one.pk for one in failed]
    assert set(retried.values_list("status", flat=True)) == {Status.QUEUED}
    assert (fresh.input, fresh.model, fresh.author) == (batch.input, batch.model, cast.contributor)
    assert Hold.objects.filter(state="open").count() == 3
    by = f"form[action={address(batch)}]"
    assert_swap_equals_reload(browser, "/p/spring/", response, before=before, by=by, inside="#batches")
    assert_swap_equals_reload(browser, "/p/spring/", response, before=before, by=by, inside=".topbar")
    assert "3 of 4 failed. You were not charged for them. 3 tried again." in failures(browser, batch).text()
    assert not failures(browser, batch).find("button")
    told = Change.objects.filter(subject_kind="generation").values_list("subject_id", flat=True)
    assert {one.pk for one in failed} <= set(told)


@pytest.mark.parametrize(
    ("is_charged", "sentence"), [(True, "It counts as charged."), (False, "You were not charged for it.")]
)
def test_one_that_failed_is_spoken_of_as_one(
    browser: StrictClient, cast: Cast, is_charged: bool, sentence: str
) -> None:
    batch = make_batch(cast.project, cast.contributor)
    add(batch, is_charged=is_charged)
    add(batch, Status.CANCELLED)
    assert f"1 of 2 failed. {sentence}" in failures(browser, batch).text()


def test_what_trying_again_cannot_mend_stays(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    plain = [add(batch), add(batch)]
    add(batch, problem_code="content_policy_violation")
    add(batch, problem_code="discarded", is_charged=True)
    add(batch, problem_code="not_charged")
    add(batch, Status.CANCELLED)
    shown = failures(browser, batch)
    assert "5 of 6 failed. 1 of them count as charged" not in shown.text()
    assert "5 of 6 failed. 1 of them counts as charged." in shown.text()
    assert [button.text() for button in shown.find_all("button")] == ["Retry both"]
    browser.post(address(batch))
    retried = (
        Generation.objects.filter(retry_of__isnull=False).order_by("id").values_list("retry_of", flat=True)
    )
    assert list(retried) == [one.pk for one in plain]


def test_two_presses_send_it_once_and_one_that_was_retried_alone_is_left_out(
    browser: StrictClient, cast: Cast
) -> None:
    batch = make_batch(cast.project, cast.contributor)
    first, second, third = (add(batch) for _ in range(3))
    alone = actions.retry(generation=second, by=cast.manager)
    assert browser.post(address(batch)).status_code == 302
    assert browser.post(address(batch)).status_code == 302
    assert actions.retry(generation=third, by=cast.manager).generations.count() == 2
    assert actions.retry(generation=second, by=cast.manager) == alone
    retried = Generation.objects.filter(status=Status.QUEUED).order_by("retry_of_id")
    assert [one.retry_of_id for one in retried] == [first.pk, second.pk, third.pk]


@pytest.mark.django_db(transaction=True)
def test_presses_in_the_same_moment_send_it_once(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    failed = [add(batch) for _ in range(2)]

    def press(number: int) -> int:
        try:
            if number % 2:
                return actions.retry(generation=failed[0], by=cast.manager).pk
            return actions.retry_failed(batch=batch, by=cast.contributor).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(press, range(4)))) == 4
    assert Generation.objects.filter(status=Status.QUEUED).count() == 2
    assert Batch.objects.exclude(generations=None).count() <= 3


def test_a_limit_without_room_for_all_refuses_the_whole_press_and_offers_what_fits(
    browser: StrictClient, cast: Cast
) -> None:
    batch = make_batch(cast.project, cast.contributor)
    failed = [add(batch) for _ in range(4)]
    actions.retry(generation=failed[0], by=cast.manager)
    Quota.objects.create(user=cast.contributor, period="month", max_images=2)
    assert browser.post(address(batch)).status_code == 409
    response = browser.post(address(batch), headers=HTMX)
    assert response.status_code == 422
    offer = parse(response.content.decode())
    assert "Your monthly limit of 2 images leaves 2, and this makes 3." in offer.text()
    assert "Nothing was sent; 2 of them fit." in offer.text()
    assert Generation.objects.filter(status=Status.QUEUED).count() == 1
    assert Hold.objects.filter(state="open").count() == 1

    [button] = offer.find_all("button")
    assert button.text() == "Retry the 2 that fit"
    taken = {"up_to": offer.find("input[name=up_to]").attrs["value"]}  # type: ignore[union-attr]
    for _ in range(2):
        assert browser.post(address(batch), taken, headers=HTMX).status_code == 200
    retried = Generation.objects.filter(status=Status.QUEUED).order_by("retry_of_id")
    assert [one.retry_of_id for one in retried] == [one.pk for one in failed[:3]]
    response = browser.post(address(batch), headers=HTMX)
    assert response.status_code == 409
    said = parse(response.content.decode()).text()
    assert "leaves 0, and this makes 1." in said
    assert said.endswith("Nothing was sent.")


def test_nothing_to_retry_is_refused(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    add(batch, Status.SUCCEEDED)
    with pytest.raises(Conflict, match="Nothing of this batch has failed"):
        actions.retry_failed(batch=batch, by=cast.contributor)


def test_a_card_leads_to_what_tried_it_again(browser: StrictClient, cast: Cast) -> None:
    failed = add(make_batch(cast.project, cast.contributor))
    again = actions.retry(generation=failed, by=cast.contributor).generations.get()
    page = parse(browser.get("/p/spring/").content.decode())
    shown = page.find(f"#generation-{failed.pk}")
    assert shown
    assert [button.text() for button in shown.find_all("button")] == []
    links = {link.text(): link.attrs["href"] for link in shown.find_all("a")}
    assert links["Tried again"] == f"/p/spring/generations/{again.pk}/"


def test_a_viewer_reads_what_failed_and_is_offered_nothing(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    add(batch)
    add(batch)
    shown = failures(cast.client(cast.viewer), batch)
    assert "2 of 2 failed." in shown.text()
    assert not shown.find("button")
