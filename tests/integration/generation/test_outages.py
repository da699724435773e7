"""A provider that goes away: what is for it waits unsent, and goes out in turn when it is back."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from studio.catalog.models import Provider
from studio.generation.engine.durations import Durations
from studio.generation.engine.slice import run_slice
from studio.generation.models import Batch, Generation, Status
from studio.generation.outages import begin_outage
from studio.generation.queries import has_due_work
from studio.keys.models import Outage, OutageKind, OutagePhase
from studio.keys.queries import waiting_reason
from studio.kit import clock
from studio.live.models import Change
from studio.spending.models import Hold, HoldState
from tests.bench.markup import parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.integration.generation.conftest import Engine
from tests.integration.generation.faults import PACE, Table
from tests.integration.generation.running import running_slice, wait_until
from tests.integration.kit.servers import make_certificate

pytestmark = pytest.mark.any_database

QUICK = replace(PACE, submit_timeout_s=0.8, synchronous_timeout_s=0.8, poll_timeout_s=0.8)


@contextlib.contextmanager
def nothing_listens(folder: Path) -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextlib.contextmanager
def a_black_hole(folder: Path) -> Iterator[str]:
    """A server whose queue of connections is full: the next one is neither taken nor refused."""
    with contextlib.ExitStack() as stack:
        hole = stack.enter_context(socket.socket())
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(hole.getsockname())
        yield f"http://127.0.0.1:{hole.getsockname()[1]}"


@contextlib.contextmanager
def a_name_that_leads_nowhere(folder: Path) -> Iterator[str]:
    yield "http://provider.invalid:80"


@contextlib.contextmanager
def a_certificate_that_nobody_trusts(folder: Path) -> Iterator[str]:
    import threading

    context, _ = make_certificate(folder)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    is_over = threading.Event()

    def serve() -> None:
        while not is_over.is_set():
            with contextlib.suppress(OSError, ssl.SSLError):
                connection, _ = listening.accept()
                connection.settimeout(1)
                context.wrap_socket(connection, server_side=True).close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        is_over.set()
        thread.join()
        listening.close()


def move_providers(url: str) -> None:
    Provider.objects.update(base_url=url, allowed_hosts=[url.partition("//")[2]])


def run_until(is_so: Callable[[], bool], pace: Durations = PACE) -> None:
    """Run slices until it is so: on a busy machine one may find itself idle before its provider is back."""
    for _ in range(10):
        run_slice(pace)
        if is_so():
            return


def attempts(batch: Batch) -> set[int]:
    return set(batch.generations.order_by("id").values_list("attempt", flat=True))


def statuses(batch: Batch) -> set[str]:
    return set(batch.generations.order_by("id").values_list("status", flat=True))


@pytest.mark.parametrize("model", ["hub", "stream"])
@pytest.mark.parametrize(
    "away", [nothing_listens, a_black_hole, a_name_that_leads_nowhere, a_certificate_that_nobody_trusts]
)
def test_what_cannot_be_sent_waits_and_goes_out_once_when_the_provider_is_back(
    engine: Engine, tmp_path: Path, away: object, model: str
) -> None:
    table = Table(engine)
    table.add_key("only", places=2)
    chosen = engine.nano_banana if model == "hub" else engine.nb2
    batch = engine.queue("a patient heron", model=chosen, calls=4)
    with away(tmp_path) as url:  # type: ignore[operator]
        move_providers(url)
        run_until(lambda: Outage.objects.exists(), QUICK)
        assert statuses(batch) == {Status.QUEUED}
        assert attempts(batch) == {0}, "an attempt was burnt"
        assert not Generation.objects.exclude(next_action_at__lte=clock.now()).exists()
        tried = batch.generations.filter(timeline__kind="sending").distinct()
        assert tried.count() <= 2, "more was tried than the key has places"
        assert set(Hold.objects.values_list("state", flat=True)) == {HoldState.OPEN}
        assert Outage.objects.get().kind == OutageKind.UNREACHABLE
    move_providers(engine.server.url)
    Outage.objects.update(ask_at=clock.now())
    run_until(lambda: statuses(batch) == {Status.SUCCEEDED})
    assert statuses(batch) == {Status.SUCCEEDED}
    assert attempts(batch) == {1}
    assert engine.server.bill()["idempotency"] == {"a patient heron": 4}
    assert engine.server.bill()["attempts"] == {"a patient heron": 4}


def test_the_waiting_go_out_one_after_the_other(engine: Engine) -> None:
    Outage.objects.create(
        provider=engine.nano_banana.provider,
        kind=OutageKind.UNREACHABLE,
        began_at=clock.now(),
        ask_at=clock.now(),
    )
    batch = engine.queue("a queue of penguins", calls=8)
    run_until(lambda: statuses(batch) == {Status.SUCCEEDED}, replace(PACE, return_every_s=0.2, return_s=60))
    assert statuses(batch) == {Status.SUCCEEDED}
    sent = list(batch.generations.order_by("submitted_at").values_list("submitted_at", flat=True))
    back_at = Outage.objects.get().back_at
    assert back_at is not None
    for number, at in enumerate(sent):
        assert at is not None
        assert at >= back_at + timedelta(seconds=0.2 * number), number


def test_a_provider_that_only_makes_errors_is_left_alone_and_tried_with_one(engine: Engine) -> None:
    """Five in a row: whatever else is sent would become unknown as well."""
    Table(engine).add_key("only", places=1)
    engine.server.order(on="submission", fault="502", next=6)
    batch = engine.queue("a broken bridge", calls=8)
    run_until(
        lambda: not batch.generations.filter(status=Status.QUEUED).exists(),
        replace(PACE, outage_first_s=0.05),
    )
    assert engine.server.bill()["attempts"] == {"a broken bridge": 8}
    ends = [one.status for one in batch.generations.order_by("id")]
    # The sixth was the trial, and failed too; the seventh was the next.
    assert ends == [Status.UNKNOWN] * 6 + [Status.SUCCEEDED] * 2
    assert not Outage.objects.present().exists()
    kinds = Change.objects.filter(subject_kind="provider", project=engine.cast.project)
    assert kinds.count() == 3  # away, away again after the trial, over


def test_the_cards_of_what_waits_are_told_too(engine: Engine) -> None:
    waiting = engine.queue("a closed harbour").generations.get()
    told = Change.objects.filter(subject_kind="generation", subject_id=waiting.pk)
    before = told.count()
    begin_outage(
        provider_id=engine.nano_banana.provider_id,
        kind=OutageKind.UNREACHABLE,
        at=clock.now(),
        ask_at=clock.now(),
    )
    assert told.count() == before + 1
    client = engine.cast.client(engine.cast.contributor)
    card = parse(client.get(f"/p/spring/cards?ids={waiting.pk}").content.decode())
    assert "reached" in card.text()


def test_while_it_makes_errors_nothing_is_sent(engine: Engine) -> None:
    Table(engine).add_key("only", places=1)
    engine.server.order(on="submission", fault="502", share=1)
    batch = engine.queue("a broken bridge", calls=8)
    run_until(lambda: Outage.objects.exists(), replace(PACE, outage_first_s=60, outage_longest_s=60))
    assert engine.server.bill()["attempts"] == {"a broken bridge": 5}
    assert batch.generations.filter(status=Status.QUEUED, attempt=0).count() == 3
    assert waiting_reason(engine.nano_banana.provider).startswith("Mountsea Hub answers with errors.")


def test_errors_between_answers_are_no_outage(engine: Engine) -> None:
    Table(engine).add_key("only", places=1)
    for number in range(8):
        engine.queue("now and then" + (f" {number} [sandbox:500]" if number % 2 else ""))
    run_slice(PACE)
    assert not Outage.objects.exists()


def test_an_outage_of_one_provider_is_not_the_other_ones(engine: Engine) -> None:
    away = Provider.objects.get(slug="mountsea")
    later = clock.now() + timedelta(minutes=5)
    Outage.objects.create(provider=away, kind=OutageKind.UNREACHABLE, began_at=clock.now(), ask_at=later)
    waits = engine.queue("a far shore")
    goes = engine.queue("a near shore", model=engine.nb2)
    run_until(lambda: statuses(goes) == {Status.SUCCEEDED})
    assert (statuses(waits), statuses(goes)) == ({Status.QUEUED}, {Status.SUCCEEDED})


def test_who_is_away_is_asked_at_growing_intervals_also_while_nothing_waits(engine: Engine) -> None:
    engine.server.stop()
    try:
        now = clock.now()
        outage = Outage.objects.create(
            provider=engine.nano_banana.provider, kind=OutageKind.UNREACHABLE, began_at=now, ask_at=now
        )
        assert has_due_work()
        run_slice(replace(PACE, idle_s=1.5))
        outage.refresh_from_db()
        assert 2 <= outage.asked <= 6
    finally:
        engine.server.start()
    Outage.objects.update(ask_at=clock.now() + timedelta(seconds=60))
    assert not has_due_work()
    Outage.objects.update(ask_at=clock.now())
    run_slice(replace(PACE, return_s=0.1))
    assert not Outage.objects.exists(), "it is forgotten when all has gone out"


def test_what_is_running_goes_on_while_its_provider_is_away(engine: Engine) -> None:
    generation = engine.queue("a slow boat [sandbox:slow=20]").generations.get()
    with running_slice():
        wait_until(lambda: engine.status_of(generation) == Status.RUNNING)
        Outage.objects.create(
            provider=engine.nano_banana.provider,
            kind=OutageKind.UNREACHABLE,
            began_at=clock.now(),
            ask_at=clock.now() + timedelta(minutes=5),
        )
        wait_until(lambda: engine.status_of(generation) == Status.SUCCEEDED)


def test_the_studio_says_that_a_provider_is_away_and_unsays_it(engine: Engine) -> None:
    client, address = engine.cast.client(engine.cast.contributor), "/p/spring/"
    before = client.get(address)
    assert "reached" not in before.content.decode()

    outage = Outage.objects.create(
        provider=engine.nano_banana.provider,
        kind=OutageKind.UNREACHABLE,
        began_at=clock.now(),
        ask_at=clock.now(),
    )
    fragment = reverse("generation:outages", args=["spring"])
    answer = client.get(fragment, headers={"HX-Request": "true"})
    assert_swap_equals_reload(client, address, answer, before=before, by="#outages", inside="#outages")
    page = parse(client.get(address).content.decode())
    banner = page.find("#outages .note")
    assert banner is not None
    assert "Mountsea Hub can’t be reached." in banner.text().replace("'", "’")
    assert "goes out by itself when it is back" in banner.text()

    Outage.objects.filter(pk=outage.pk).update(phase=OutagePhase.RETURNING, back_at=clock.now())
    assert parse(client.get(address).content.decode()).find("#outages .note") is None
