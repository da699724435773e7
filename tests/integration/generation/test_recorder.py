"""What a generation's page tells of its life, and what of it may be copied."""

import re
from datetime import timedelta

import pytest

from studio.generation import actions
from studio.generation.models import Generation, Status
from studio.keys.actions import Limits, change_limits, rest_key
from studio.keys.models import ApiKey
from studio.kit import clock
from studio.kit.errors import Conflict
from studio.people.models import User
from studio.spending.models import HoldState
from tests.bench.markup import Element, parse
from tests.integration.generation.conftest import Engine
from tests.integration.generation.running import running_slice, wait_until

pytestmark = pytest.mark.any_database


def page(engine: Engine, generation: Generation, person: User | None = None) -> Element:
    client = engine.cast.client(person or engine.cast.contributor)
    return parse(client.get(f"/p/spring/generations/{generation.pk}/").content.decode())


def steps(shown: Element) -> list[str]:
    return [step.text() for step in shown.find_all(".rec b")]


def support(shown: Element) -> str:
    found = shown.find("#support-text")
    assert found
    return found.text()


def test_every_step_every_attempt_and_why_it_waited(engine: Engine) -> None:
    generation = engine.make("a patient heron [sandbox:429=2]")
    shown = page(engine, generation)
    assert steps(shown)[:5] == ["Queued", "Held", "Sending", "Not accepted, waits", "Sending, attempt 2"]
    assert steps(shown)[5:] == ["Submitted", "Ready", "Stored", "Settled"]
    said = shown.find(".rec").text()  # type: ignore[union-attr]
    assert re.search(r"goes out again at \d\d:\d\d:\d\d", said)
    assert "Paused before the next attempt" in said
    assert re.search(r"asked (once, at|\d+ times, first at) \d\d:\d\d:\d\d", said)
    assert "+0.0 s" in said
    assert generation.task_id or Generation.objects.get(pk=generation.pk).task_id in said


def test_what_waits_for_a_place_says_so_when_it_goes_out(engine: Engine) -> None:
    key = ApiKey.objects.get(provider=engine.nano_banana.provider)
    change_limits(key=key, limits=Limits(max_in_flight=1), by=None)
    engine.queue("first [sandbox:slow=30]")
    waiting = engine.queue("second").generations.get()
    engine.run()
    assert "All places of the API keys were taken" in page(engine, waiting).find(".rec").text()  # type: ignore[union-attr]


def test_the_key_is_named_to_admins_only(engine: Engine) -> None:
    generation = engine.make("a shy fox")
    label = str(ApiKey.objects.get(provider=engine.nano_banana.provider))
    assert f"With the key {label}" in page(engine, generation, engine.cast.admin).text()
    for person in (engine.cast.contributor, engine.cast.manager, engine.cast.viewer):
        assert label not in page(engine, generation, person).text()
    assert label not in support(page(engine, generation, engine.cast.admin))


@pytest.mark.parametrize(
    "marker", ["", "[sandbox:refuse]", "[sandbox:fail]", "[sandbox:reset]", "[sandbox:text]"]
)
def test_the_copy_for_support_has_the_steps_and_no_prompt(engine: Engine, marker: str) -> None:
    generation = engine.make(f"a secret unicorn {marker}")
    generation.refresh_from_db()
    shown = page(engine, generation, engine.cast.admin)
    copied = support(shown)
    assert f"Studio generation {generation.pk}, batch {generation.batch_id}, spring" in copied
    assert "mountsea:nano-banana-2" in copied
    assert f"State {generation.status}" in copied
    assert all(step.split(",")[0] in copied for step in steps(shown))
    assert "unicorn" not in copied
    assert "sandbox:" not in copied


def test_what_is_under_way_says_where_it_is_now(engine: Engine) -> None:
    generation = engine.queue("one", by=engine.cast.manager).generations.get()
    waiting = engine.queue("two").generations.get()
    now_line = page(engine, waiting).find(".rec .now")
    assert now_line
    assert "Queued 2nd in line" in now_line.text()
    engine.run()
    assert not page(engine, generation).find(".rec .now")


def test_cancelling_costs_what_was_said(engine: Engine) -> None:
    def words(generation: Generation) -> str:
        found = page(engine, generation).find(".ways.alone")
        assert found
        return found.text()

    def ended(generation: Generation) -> tuple[str, str]:
        card = page(engine, generation).find(".unkcard")
        assert card
        return card.find("header").text(), card.find("footer").text()  # type: ignore[union-attr]

    queued = engine.queue("not yet").generations.get()
    assert "Free: it has not been sent, and the 1 image held for it goes back." in words(queued)
    actions.cancel(generation=queued, by=engine.cast.contributor, only_unsent=True)
    queued.refresh_from_db()
    assert (queued.status, queued.hold.state) == (Status.CANCELLED, HoldState.RELEASED)
    assert ended(queued) == ("Cancelled The provider never had it.", "You were not charged.")

    running = engine.queue("on its way [sandbox:slow=20]").generations.get()
    with running_slice():
        wait_until(lambda: engine.status_of(running) == Status.RUNNING)
        assert "1 image will be charged when it finishes, and its images go to the trash." in words(running)
        running.refresh_from_db()
        with pytest.raises(Conflict, match=r"no longer free\. Nothing was cancelled"):
            actions.cancel(generation=running, by=engine.cast.contributor, only_unsent=True)
        actions.cancel(generation=running, by=engine.cast.contributor)
        wait_until(lambda: engine.status_of(running) == Status.CANCELLED)
    running.refresh_from_db()
    assert running.hold.state == HoldState.SETTLED
    assert running.images.get().deleted_at
    said = "Cancelled The provider had made it: its images are in the trash."
    assert ended(running) == (said, "Counts as charged.")


def test_a_key_that_rests_is_named_as_the_reason(engine: Engine) -> None:
    key = ApiKey.objects.get(provider=engine.nano_banana.provider)
    generation = engine.queue("after a rest").generations.get()
    rest_key(key_id=key.pk, until=clock.now() + timedelta(seconds=1.5))
    wait_until(lambda: not ApiKey.objects.get(pk=key.pk).is_resting(clock.now()))
    engine.run()
    assert "The provider asked us to wait until" in page(engine, generation).find(".rec").text()  # type: ignore[union-attr]
