"""What is usual is learned from the latest generations of a model and pace, in one query, and shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.generation.models import Batch, Generation, Status
from studio.generation.usual import LEARN_FROM, Usual, usual_time, usual_times
from studio.keys.actions import ensure_sandbox_keys
from studio.kit.clock import now
from tests.bench.markup import parse
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, store_image

HUB = "/p/spring/?model=mountsea:nano-banana-2"


@pytest.fixture
def batch(cast: Cast) -> Batch:
    return make_batch(cast.project, cast.contributor)


def teach(batch: Batch, *spans_s: float, pace: str = "", **fields: object) -> None:
    """Have generations of this batch taken so many seconds, the first of them the longest ago."""
    first = Generation.objects.filter(ready_at__isnull=False).count()
    for place, span_s in enumerate(spans_s, first):
        ready_at = now() - timedelta(days=9) + timedelta(minutes=place)
        make_generation(
            batch,
            **{
                "pace": pace,
                "ready_at": ready_at,
                "submitted_at": ready_at - timedelta(seconds=span_s),
                **fields,
            },
        )


def test_nothing_is_known_of_a_new_model(batch: Batch) -> None:
    assert usual_time(batch.model_id, "2K") is None
    teach(batch, 10, 10, pace="2K")
    assert usual_time(batch.model_id, "2K") is None
    assert usual_times([]) == {}


def test_each_pace_has_its_own_time(batch: Batch) -> None:
    teach(batch, 10, 12, 14, pace="1K")
    teach(batch, 30, 34, 38, pace="4K")
    assert usual_time(batch.model_id, "1K") == Usual(10, 12, 14)
    assert usual_time(batch.model_id, "4K") == Usual(30, 34, 38)
    assert usual_time(batch.model_id) == Usual(10, 22, 38)


def test_a_rare_pace_is_told_by_its_model(batch: Batch) -> None:
    teach(batch, 10, 12, 14, pace="1K")
    teach(batch, 34, pace="4K")
    assert usual_time(batch.model_id, "4K") == Usual(10, 13, 34)
    assert usual_time(batch.model_id, "never seen") == Usual(10, 13, 34)


def test_only_the_latest_teach(batch: Batch) -> None:
    teach(batch, *[40.0] * 30, *[10.0] * LEARN_FROM)
    assert usual_time(batch.model_id, "") == Usual(10, 10, 10)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.UNKNOWN])
def test_what_did_not_succeed_teaches_nothing(batch: Batch, status: Status) -> None:
    ended = {} if status == Status.UNKNOWN else {"finished_at": now()}
    teach(batch, 900, 900, 900, status=status, next_action_at=None, **ended)
    teach(batch, 10, 10, 10)
    assert usual_time(batch.model_id, "") == Usual(10, 10, 10)


def test_many_models_and_paces_take_one_query(batch: Batch) -> None:
    teach(batch, 10, 12, 14, pace="1K")
    others = ImageModel.objects.exclude(pk=batch.model_id).order_by("id")
    wanted = [(batch.model_id, "1K"), (batch.model_id, None), *((model.pk, None) for model in others)]
    with CaptureQueriesContext(connection) as captured:
        found = usual_times(wanted)
    assert len(captured) == 1
    assert found == {(batch.model_id, "1K"): Usual(10, 12, 14), (batch.model_id, None): Usual(10, 12, 14)}


def test_the_pace_is_stored_when_a_generation_is_queued(cast: Cast) -> None:
    install_catalog()
    given = {"prompt": "A quiet fjord", "resolution": "2K", "num_images": 2}
    batch = queue_batch(
        project=cast.project, by=cast.contributor, model=find_model("nano-banana-2", "mountsea"), input=given
    )
    assert [one.pace for one in batch.generations.order_by("position")] == ["2K ×2"]


def test_the_form_says_what_is_usual_for_its_settings(cast: Cast, batch: Batch) -> None:
    ensure_sandbox_keys()
    teach(batch, 10, 12, 18, pace="1K")
    teach(batch, 70, 90, 130, pace="4K ×4")
    client = cast.client(cast.contributor)
    said = parse(client.get(HUB).content.decode()).find("usual-time")
    assert said
    assert said.text() == "Usually 12 to 18 s"
    settings = {"model": str(batch.model_id), "in-resolution": "4K", "in-num_images": "4"}
    answer = client.get(said.attrs["data-address"], settings)
    assert parse(answer.content.decode()).text() == "Usually 2 min Charged by Mountsea Hub"


@pytest.mark.parametrize(
    "query", ["", "model=nothing", "model=99999", "model=mountsea:nano-banana-2&in-resolution=9K"]
)
def test_what_cannot_be_known_is_not_said(cast: Cast, query: str) -> None:
    install_catalog()
    answer = cast.client(cast.contributor).get(f"/p/spring/usual-time?{query}")
    assert answer.status_code == 200
    assert "Usually" not in parse(answer.content.decode()).text()


def test_a_running_card_knows_what_is_usual(cast: Cast, batch: Batch) -> None:
    teach(batch, 10, 12, 14, pace="1K")
    since = {"task_id": "hub-1", "pace": "1K"}
    soon = make_generation(batch, status=Status.RUNNING, submitted_at=now() - timedelta(seconds=5), **since)
    late = make_generation(batch, status=Status.RUNNING, submitted_at=now() - timedelta(seconds=50), **since)
    page = parse(cast.client(cast.contributor).get("/p/spring/").content.decode())
    for generation, is_late in ((soon, False), (late, True)):
        elapsed = page.find(f"#generation-{generation.pk} elapsed-time")
        words = page.find(f"#generation-{generation.pk} [data-late]")
        assert elapsed
        assert words
        assert (elapsed.attrs["data-p50-s"], elapsed.attrs["data-p90-s"]) == ("12.0", "14.0")
        assert ("hidden" not in words.attrs) is is_late


def test_the_page_of_a_generation_says_what_is_usual(cast: Cast, batch: Batch) -> None:
    teach(batch, 10, 12, 18, pace="1K")
    generation = Generation.objects.latest("id")
    page = parse(
        cast.client(cast.contributor).get(f"/p/spring/generations/{generation.pk}/").content.decode()
    )
    assert "the provider usually takes 12 to 18 s" in page.text()


def test_the_page_of_an_image_says_what_is_usual(cast: Cast, batch: Batch) -> None:
    teach(batch, 10, 12, 18, pace="1K")
    image = store_image(Generation.objects.latest("id"))
    page = parse(cast.client(cast.contributor).get(f"/p/spring/images/{image.pk}/").content.decode())
    assert "Usually 12 to 18 s at the provider" in page.text()
