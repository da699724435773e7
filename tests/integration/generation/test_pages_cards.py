"""What a card says in every state of its life, what can be done there, and how live pages get it."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from studio.generation import policies
from studio.generation.cards import cards_for
from studio.generation.models import Generation, Status
from studio.generation.queries import find_generation
from studio.keys.actions import Limits, add_key, ensure_sandbox_keys, pause_key
from studio.kit.clock import now
from studio.spending import actions as spending
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, note_timeline, store_image

pytestmark = pytest.mark.any_database

HTMX = {"HX-Request": "true"}
REFUSED = "Mountsea Hub refused one of the settings. Nothing was charged. Change the prompt or the settings."
UNCLEAR = "Mountsea Hub answered with an error (HTTP 502). It may have been charged."


@pytest.fixture
def browser(cast: Cast, settings: Settings) -> StrictClient:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    return cast.client(cast.contributor)


def make(cast: Cast, status: Status, *, images: int = 1, **fields: object) -> Generation:
    """Create a generation in some state, with the hold that belongs to it."""
    batch = make_batch(cast.project, cast.contributor, num_images=images, aspect_ratio="4:5")
    ensure_sandbox_keys()
    if status in (Status.FAILED, Status.CANCELLED):
        fields |= {"finished_at": now(), "next_action_at": None}
    generation = make_generation(batch, status=status, images_asked=images, **fields)
    if status in (Status.FAILED, Status.CANCELLED):
        spending.release(generation.hold_id)
    return generation


def card(client: StrictClient, generation: Generation) -> Element:
    """Return the card as the studio page shows it."""
    page = parse(client.get("/p/spring/").content.decode())
    found = page.find(f"#generation-{generation.pk}")
    assert found
    return found


def buttons(shown: Element) -> list[str]:
    return [button.attrs.get("aria-label") or button.text() for button in shown.find_all("button")]


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(max_in_flight=1), "Next in line. All places at Mountsea Hub are taken."),
        (Limits(max_per_minute=1), "Next in line. Mountsea Hub takes no more in this minute."),
        (Limits(max_in_flight=2, max_per_minute=2), "Next in line"),
    ],
)
def test_next_in_line_while_no_key_has_room(
    browser: StrictClient, cast: Cast, limits: Limits, sentence: str
) -> None:
    running = make(cast, Status.RUNNING, submitted_at=now(), task_id="hub-1")
    key = add_key(provider=running.model.provider, label="Team", secret="ms-1234567890", limits=limits)
    Generation.objects.filter(pk=running.pk).update(key=key)
    generation = make(cast, Status.QUEUED)
    waits = card(browser, generation)
    assert f"Queued {sentence}" in waits.text()
    assert ("are taken" in waits.text(), "minute" in waits.text()) == (
        "taken" in sentence,
        "minute" in sentence,
    )
    pause_key(key_id=key.pk, by=None)
    assert "is paused. An admin can resume it." in card(browser, generation).text()


def test_queued(browser: StrictClient, cast: Cast) -> None:
    make(cast, Status.QUEUED)
    generation = make(cast, Status.QUEUED, images=2)
    shown = card(browser, generation)
    assert "Queued 2nd in line, 1 of yours ahead" in shown.text()
    assert len(shown.find_all(".card")) == 2
    assert buttons(shown) == ["Cancel"]


def test_queued_says_why_it_waits(browser: StrictClient, cast: Cast, settings: Settings) -> None:
    generation = make(cast, Status.QUEUED)
    settings.SANDBOX_URL = ""
    assert "Waiting Mountsea Hub has no API key yet." in card(browser, generation).text()


def test_running_counts_from_the_moment_it_was_sent(browser: StrictClient, cast: Cast) -> None:
    sent_at = now() - timedelta(seconds=9)
    generation = make(cast, Status.RUNNING, images=4, task_id="hub-1", submitted_at=sent_at)
    shown = card(browser, generation)
    assert "Generating" in shown.text()
    assert [each.attrs["since"] for each in shown.find_all("elapsed-time")] == [sent_at.isoformat()] * 4
    assert [each.attrs["style"].split(";")[0] for each in shown.find_all(".wait")] == ["--ar:0.8"] * 4
    assert buttons(shown) == ["Cancel"]


@pytest.mark.parametrize(("status", "word"), [(Status.SUBMITTING, "Sending"), (Status.FETCHING, "Fetching")])
def test_sending_and_fetching(browser: StrictClient, cast: Cast, status: Status, word: str) -> None:
    assert word in card(browser, make(cast, status)).text()


def test_cancelling_says_that_the_provider_cannot_stop_it(browser: StrictClient, cast: Cast) -> None:
    shown = card(browser, make(cast, Status.RUNNING, task_id="hub-1", cancel_requested_at=now()))
    assert "Cancelling" in shown.text()
    assert "The provider can’t stop it." in shown.text()
    assert buttons(shown) == []


def test_succeeded_shows_its_images(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.SUCCEEDED)
    image = store_image(generation)
    shown = card(browser, generation)
    picture = shown.find("img")
    assert picture
    assert picture.attrs["src"] == f"/p/spring/images/{image.pk}/thumb/640.webp"
    assert picture.attrs["alt"] == "Layered mountain ridges at dusk, variation 1"
    assert (picture.attrs["width"], picture.attrs["height"]) == (str(image.width), str(image.height))
    assert picture.parent
    assert picture.parent.attrs["href"] == f"/p/spring/images/{image.pk}/"


def test_fewer_images_than_asked_are_a_success_that_says_so(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.SUCCEEDED, images=4)
    store_image(generation)
    store_image(generation)
    shown = card(browser, generation)
    assert "2 of 4" in shown.text()
    assert len(shown.find_all("img")) == 2
    assert len(shown.find_all(".card")) == 4


def test_deleted_images_leave_a_place(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.SUCCEEDED)
    image = store_image(generation)
    image.deleted_at = now()
    image.save()
    assert "In the trash The image was deleted." in card(browser, generation).text()


def test_failed_says_what_happened_and_what_it_cost(browser: StrictClient, cast: Cast) -> None:
    shown = card(browser, make(cast, Status.FAILED, problem=REFUSED, problem_code="422"))
    assert "Failed Mountsea Hub refused one of the settings. You were not charged." in shown.text()
    assert buttons(shown) == ["Retry"]
    assert "Edit prompt" in shown.text()


def test_the_safety_filter_is_named_and_only_editing_is_offered(browser: StrictClient, cast: Cast) -> None:
    shown = card(browser, make(cast, Status.FAILED, problem=REFUSED, problem_code="content_policy_violation"))
    assert "Blocked by the safety filter" in shown.text()
    assert "You were not charged." in shown.text()
    assert buttons(shown) == []
    assert "Edit prompt" in shown.text()


def test_cancelled(browser: StrictClient, cast: Cast) -> None:
    shown = card(browser, make(cast, Status.CANCELLED))
    assert "Cancelled The provider never had it. You were not charged." in shown.text()
    assert buttons(shown) == ["Retry"]


def test_unknown_offers_three_ways_out(browser: StrictClient, cast: Cast) -> None:
    shown = card(browser, make(cast, Status.UNKNOWN, task_id="hub-1", problem=UNCLEAR, next_action_at=None))
    assert "Nobody knows whether the provider accepted it. It may have been charged." in shown.text()
    assert buttons(shown) == ["Check again", "Send again", "Discard"]
    form = shown.find("form[data-confirm]")
    assert form
    assert "both are charged" in form.attrs["data-confirm-detail"]


def test_unknown_without_a_task_cannot_be_checked(browser: StrictClient, cast: Cast) -> None:
    shown = card(browser, make(cast, Status.UNKNOWN, problem=UNCLEAR, next_action_at=None))
    assert buttons(shown) == ["Send again", "Discard"]


def test_a_viewer_is_offered_nothing(cast: Cast) -> None:
    kinds = {
        Status.QUEUED: {},
        Status.FAILED: {},
        Status.UNKNOWN: {"task_id": "hub-1", "next_action_at": None},
    }
    for status, fields in kinds.items():
        shown = card(cast.client(cast.viewer), make(cast, status, **fields))
        assert buttons(shown) == []
        assert "Edit prompt" not in shown.text()


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("is_asked", [False, True])
@pytest.mark.parametrize("task_id", ["", "hub-1"])
def test_a_card_offers_what_the_policies_allow(
    cast: Cast, status: Status, is_asked: bool, task_id: str
) -> None:
    if status == Status.RUNNING and not task_id:
        return
    asked_at = now() if is_asked else None
    idle = {"next_action_at": None} if status == Status.UNKNOWN else {}
    generation = make(cast, status, task_id=task_id, cancel_requested_at=asked_at, **idle)
    generation = find_generation(cast.project, generation.pk)
    for person in (cast.contributor, cast.viewer):
        shown = cards_for(cast.project, person, [generation])[0]
        assert shown.can_cancel == policies.can_cancel(generation, person)
        assert shown.can_retry == policies.can_retry(generation, person)
        assert shown.can_check_again == policies.can_check_again(generation, person)
        assert shown.can_decide == policies.can_send_again(generation, person)
        assert shown.can_decide == policies.can_discard(generation, person)


DEEDS = [
    ("cancel", Status.QUEUED, "Cancelled"),
    ("cancel", Status.RUNNING, "Cancelling"),
    ("check", Status.UNKNOWN, "Generating"),
    ("send-again", Status.UNKNOWN, "Queued"),
    ("discard", Status.UNKNOWN, "Failed"),
]


@pytest.mark.parametrize(("deed", "status", "word"), DEEDS)
def test_a_deed_answers_with_the_card_that_a_reload_shows(
    browser: StrictClient, cast: Cast, deed: str, status: Status, word: str
) -> None:
    idle = {"next_action_at": None} if status == Status.UNKNOWN else {}
    generation = make(cast, status, task_id="hub-1", problem=UNCLEAR if idle else "", **idle)
    before = browser.get("/p/spring/")
    address = f"/p/spring/generations/{generation.pk}/{deed}"
    response = browser.post(address, headers=HTMX)
    assert response.status_code == 200
    assert word in parse(response.content.decode()).text()
    by = f"form[action={address}]"
    assert_swap_equals_reload(browser, "/p/spring/", response, before=before, by=by, inside="#batches")
    assert_swap_equals_reload(browser, "/p/spring/", response, before=before, by=by, inside=".topbar")


def test_retry_brings_a_new_batch_and_keeps_the_failed_card(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.FAILED, problem=REFUSED)
    before = browser.get("/p/spring/")
    address = f"/p/spring/generations/{generation.pk}/retry"
    response = browser.post(address, headers=HTMX)
    assert Generation.objects.filter(status=Status.QUEUED).count() == 1
    assert_swap_equals_reload(
        browser, "/p/spring/", response, before=before, by=f"form[action={address}]", inside="#batches"
    )


def test_a_deed_that_comes_too_late_is_refused_with_a_toast(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.SUCCEEDED)
    response = browser.post(f"/p/spring/generations/{generation.pk}/cancel", headers=HTMX)
    assert response.status_code == 409
    assert "there is nothing to cancel" in parse(response.content.decode()).text()


def test_retry_with_a_model_that_is_gone_is_a_toast_not_a_swap(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.FAILED, problem=REFUSED)
    model = generation.batch.model
    model.is_enabled = False
    model.save()
    response = browser.post(f"/p/spring/generations/{generation.pk}/retry", headers=HTMX)
    assert response.status_code == 409
    assert f"{model.name} is no longer offered." in parse(response.content.decode()).text()


def test_a_live_page_gets_changed_cards_and_new_batches(browser: StrictClient, cast: Cast) -> None:
    known, fresh = make(cast, Status.RUNNING, task_id="hub-1"), make(cast, Status.QUEUED)
    url = f"/p/spring/cards?ids={known.pk},{fresh.pk}&new={fresh.pk}"
    answer = parse(browser.get(url, headers=HTMX).content.decode())
    tops = [element.attrs["id"] for element in answer.elements()]
    parts = [
        f"generation-{known.pk}",
        f"batch-cost-{known.batch_id}",
        f"batch-failures-{known.batch_id}",
        f"batch-{fresh.batch_id}",
        "usage",
        "usage-lines",
        "press-left",
    ]
    assert tops == parts
    page = parse(browser.get("/p/spring/").content.decode())
    for element_id in tops[:4]:
        shown = page.find(f"#{element_id}")
        assert shown
        assert shown.text() == answer.find(f"#{element_id}").text()  # type: ignore[union-attr]


def cost(page: Element, generation: Generation) -> str:
    chip = page.find(f"#batch-cost-{generation.batch_id}")
    assert chip
    return "" if "hidden" in chip.attrs else chip.text()


def test_a_batch_says_what_is_held_and_then_what_it_cost(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)

    def priced(position: int) -> Generation:
        hold = spending.hold(
            project=cast.project, by=cast.contributor, images=2, model=batch.model, cost_micros=202_000
        )
        fields = {"images_asked": 2, "task_id": "hub-1", "hold": hold, "position": position}
        return make_generation(batch, status=Status.RUNNING, **fields)

    done, failed, unknown = map(priced, range(3))
    free = make(cast, Status.QUEUED)
    page = parse(browser.get("/p/spring/").content.decode())
    assert cost(page, done) == "Cost: $0.606 held"
    assert cost(page, free) == ""
    spending.settle(done.hold_id, images=1)
    spending.release(failed.hold_id)
    spending.keep(unknown.hold_id)
    live = parse(browser.get(f"/p/spring/cards?ids={done.pk}", headers=HTMX).content.decode())
    assert cost(live, done) == "Cost: $0.101, $0.202 held"
    assert cost(parse(browser.get("/p/spring/").content.decode()), done) == "Cost: $0.101, $0.202 held"
    spending.release(unknown.hold_id)
    assert cost(parse(browser.get("/p/spring/").content.decode()), done) == "Cost: $0.101"


def test_what_was_never_charged_says_so(browser: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    hold = spending.hold(
        project=cast.project, by=cast.contributor, images=1, model=batch.model, cost_micros=101_000
    )
    ended = {"finished_at": now(), "next_action_at": None}
    generation = make_generation(batch, status=Status.FAILED, hold=hold, **ended)
    spending.release(hold.pk)
    assert cost(parse(browser.get("/p/spring/").content.decode()), generation) == "Cost: $0.00"


def test_cards_of_another_project_stay_there(browser: StrictClient, cast: Cast) -> None:
    theirs = make_generation(make_batch(cast.team_project, cast.manager))
    answer = parse(browser.get(f"/p/spring/cards?ids={theirs.pk}&new={theirs.pk}").content.decode())
    assert [element.attrs["id"] for element in answer.elements()] == ["usage", "usage-lines", "press-left"]


@pytest.mark.parametrize(
    "query", ["", "ids=", "ids=x,-1,9999999999999999999999&new=%00", "ids=" + "1," * 500]
)
def test_nonsense_ids_are_no_cards(browser: StrictClient, query: str) -> None:
    assert browser.get(f"/p/spring/cards?{query}").status_code == 200


def test_the_page_of_an_unknown_generation_offers_the_ways_out(browser: StrictClient, cast: Cast) -> None:
    words = "upstream connect error"
    unclear = {"problem": UNCLEAR, "problem_code": "502", "problem_words": words, "next_action_at": None}
    generation = make(cast, Status.UNKNOWN, task_id="hub-1", **unclear)
    page = parse(browser.get(f"/p/spring/generations/{generation.pk}/").content.decode())
    text = page.text()
    assert "We don’t know whether the provider accepted this" in text
    assert UNCLEAR in text
    assert words in text
    assert "1 image stays held until somebody decides." in text
    assert [button.text() for button in page.find_all(".ways button")] == [
        "Check again",
        "Send again",
        "Discard",
    ]
    response = browser.post(f"/p/spring/generations/{generation.pk}/discard", {"back": "detail"})
    assert response["Location"] == f"/p/spring/generations/{generation.pk}/"


def test_the_page_of_a_finished_generation_reads_like_a_receipt(browser: StrictClient, cast: Cast) -> None:
    generation = make(cast, Status.SUCCEEDED)
    store_image(generation)
    note_timeline(generation)
    page = parse(browser.get(f"/p/spring/generations/{generation.pk}/").content.decode())
    receipt = page.find(".rec")
    assert receipt
    assert "10.8 s The provider was at work" not in receipt.text()
    for words in (
        "Queued",
        "Held",
        "Submitted",
        "11 s The provider was at work",
        "Ready",
        "Stored",
        "Settled",
    ):
        assert words in receipt.text()
    assert page.find(".stage img")


def test_the_page_of_a_failed_generation_says_the_provider_s_own_words(
    browser: StrictClient, cast: Cast
) -> None:
    words = "<b>worker</b> lost"
    generation = make(cast, Status.FAILED, problem=REFUSED, problem_code="internal", problem_words=words)
    response = browser.get(f"/p/spring/generations/{generation.pk}/")
    assert b"<b>worker</b>" not in response.content
    text = parse(response.content.decode()).text()
    for expected in (REFUSED, words, "internal", "You were not charged.", "Retry", "Edit prompt"):
        assert expected in text
