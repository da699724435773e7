"""/metrics: what the engine did in its own process, told by the web; and who may read it."""

from collections.abc import Callable, Mapping

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from studio.generation import tallies
from studio.generation.models import EngineTally, Generation, Status
from tests.integration.generation.conftest import Engine, engine, sandbox, sandbox_process

__all__ = ["engine", "sandbox", "sandbox_process"]

Read = Callable[..., float]
TOKEN = "t" * 50


@pytest.fixture
def figures(alive: None) -> Read:
    """Ask for a figure by its name and labels, as Prometheus reads it."""
    # What other tests of this process have counted and not written.
    tallies.write()
    EngineTally.objects.all().delete()

    def read(name: str, **labels: str) -> float:
        text = Client().get("/metrics").content.decode()
        samples = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and _has(sample.labels, labels)
        ]
        assert len(samples) == 1, (name, labels, text)
        return float(samples[0])

    return read


def _has(given: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(given.get(name) == value for name, value in asked.items())


def test_what_the_engine_did_is_told(engine: Engine, figures: Read) -> None:
    engine.make("a lighthouse", num_images=2)
    engine.make("a breakwater [sandbox:refuse]")

    assert figures("studio_generations_ended_total", outcome="succeeded") == 1
    assert figures("studio_generations_ended_total", outcome="failed") == 1
    assert (
        figures("studio_provider_answers_total", provider="mountsea", request="submission", answer="200") == 1
    )
    assert figures("studio_polls_total", provider="mountsea") >= 1
    assert figures("studio_downloads_total", outcome="stored") == 2
    stored = sum(image.size_bytes for image in Generation.objects.get(status=Status.SUCCEEDED).images.all())
    assert figures("studio_downloaded_bytes_total") == stored
    assert figures("studio_ready_to_stored_seconds_count") == 1
    assert 0 < figures("studio_ready_to_stored_seconds_sum") < 30
    assert figures("studio_settled_images_total") == 2


def test_what_waits_and_what_is_held_is_told(engine: Engine, figures: Read) -> None:
    engine.queue("a queue of three", calls=3)
    assert figures("studio_generations", state="queued") == 3
    assert figures("studio_generations", state="running") == 0
    assert figures("studio_holds", state="open") == 3
    assert figures("studio_held_images") == 3
    assert figures("studio_oldest_queued_seconds") > 0
    assert figures("studio_key_usable", provider="mountsea") == 1
    assert figures("studio_in_flight", provider="mountsea") == 0
    assert figures("studio_disk_free_bytes", disk="images") > 0
    assert figures("studio_cluster_silent_seconds", cluster="engine") < 60


def test_sums_of_several_processes_are_added(figures: Read) -> None:
    EngineTally.objects.create(name=tallies.DOWNLOADS, labels="again", value=40)
    tallies.count(tallies.DOWNLOADS, "again", by=2)
    tallies.write()
    tallies.write()
    assert figures("studio_downloads_total", outcome="again") == 42


def test_the_buckets_of_a_histogram_grow(figures: Read) -> None:
    for seconds in (0.05, 0.3, 0.4, 7, 1000):
        tallies.measure_storing(seconds)
    tallies.write()
    read = {
        le: figures("studio_ready_to_stored_seconds_bucket", le=le) for le in ("0.1", "0.5", "10.0", "+Inf")
    }
    assert list(read.values()) == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.1.2.3", {}, 403),
        ("10.1.2.3", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("10.1.2.3", {"Authorization": "Bearer wrong"}, 403),
        ("10.1.2.3", {"Authorization": ""}, 403),
        ("192.0.2.7", {}, 200),
        ("192.0.2.7", {"X-Forwarded-For": "10.1.2.3"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 403),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 403),
        ("unix socket", {}, 403),
    ],
)
def test_only_who_watches_may_read(
    figures: Read, settings: Settings, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = TOKEN, ["192.0.2.0/28"]
    answer = Client(REMOTE_ADDR=address).get("/metrics", headers=headers)
    assert answer.status_code == status
    assert answer["Cache-Control"] == "no-store"


def test_without_a_token_an_empty_one_opens_nothing(figures: Read) -> None:
    answer = Client(REMOTE_ADDR="10.1.2.3").get("/metrics", headers={"Authorization": "Bearer "})
    assert answer.status_code == 403


def test_openmetrics_is_spoken_to_who_asks_for_it(figures: Read) -> None:
    answer = Client().get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")
