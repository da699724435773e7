"""/healthz and /readyz: what a balancer and a monitor are told when something is really wrong."""

import time
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.generation.models import Generation, NotedMoment, PumpLease
from studio.generation.signs import CHORES, ENGINE
from studio.keys.actions import add_key
from studio.kit import clock
from tests.cast import Cast
from tests.integration.operations.conftest import Lock, silence

pytestmark = pytest.mark.usefixtures("alive")


def ask() -> tuple[int, list[str], dict[str, dict[str, object]]]:
    answer = Client().get("/readyz")
    body = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert body["ready"] is (answer.status_code == 200)
    return answer.status_code, body["reasons"], body["parts"]


def queue_one(cast: Cast) -> Generation:
    """One generation that waits for a provider with a key that has room."""
    install_catalog()
    model = find_model("nano-banana-2", "mountsea")
    add_key(provider=model.provider, label="ours", secret="sk-readiness-canary", by=None)
    batch = queue_batch(
        project=cast.project, by=cast.contributor, model=model, input={"prompt": "a ferry"}, calls=1
    )
    return batch.generations.get()


def test_all_is_well() -> None:
    status, reasons, parts = ask()
    assert (status, reasons) == (200, [])
    assert set(parts) == {"database", "media", "workers", "line"}
    assert isinstance(parts["media"]["images_free_bytes"], int)


def test_a_silent_cluster_is_named() -> None:
    silence(CHORES, for_s=24 * 3600)
    status, reasons, _ = ask()
    assert status == 503
    assert reasons == ["The chores cluster has been silent for 86400 seconds."]


def test_a_cluster_that_never_lived_is_named() -> None:
    NotedMoment.objects.filter(name="beat-engine").delete()
    assert ask()[:2] == (503, ["The engine cluster has never given a sign of life."])


def test_an_engine_whose_workers_are_all_busy_lives() -> None:
    silence(ENGINE, for_s=600)
    PumpLease.objects.create(name="pump", owner="a", until=clock.now() + timedelta(seconds=10))
    assert ask()[0] == 200


def test_a_full_disk_is_named(settings: Settings) -> None:
    settings.DISK_RESERVE_MB = 10**9
    status, [reason], _ = ask()
    assert status == 503
    assert reason.startswith("The disk of the images has only ")


def test_a_locked_database_is_named_before_a_monitor_gives_up(locked_database: Lock) -> None:
    with locked_database():
        began = time.monotonic()
        status, reasons, parts = ask()
    assert time.monotonic() - began < 5
    assert (status, reasons) == (503, ["The database can't be written (OperationalError)."])
    assert set(parts) == {"database", "media"}
    assert ask()[0] == 200


def test_a_line_that_nobody_serves_is_named(cast: Cast) -> None:
    generation = queue_one(cast)
    assert ask()[0] == 200
    long_ago = clock.now() - timedelta(minutes=5)
    Generation.objects.update(next_action_at=long_ago, created_at=long_ago)
    status, reasons, parts = ask()
    assert (status, reasons) == (
        503,
        ["Nothing has gone out to Mountsea Hub for two minutes, though there is room for it."],
    )
    assert parts["line"]["oldest_waiting_s"] == pytest.approx(300, abs=5)

    key = generation.model.provider.keys.get()
    key.state = "paused"
    key.save()
    assert ask()[0] == 200, "what waits for a person is not stuck"


def test_no_secret_is_told(cast: Cast) -> None:
    queue_one(cast)
    assert b"canary" not in Client().get("/readyz").content


def test_the_health_check_needs_neither_workers_nor_disk(settings: Settings) -> None:
    settings.DISK_RESERVE_MB = 10**9
    NotedMoment.objects.all().delete()
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
