"""How much the studio page asks of the database: little, and the same however much there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.generation.models import Status
from studio.generation.queries import Frame, frame_of, open_studio
from studio.keys.actions import add_key, delete_key, ensure_sandbox_keys
from studio.keys.models import Outage, OutageKind, OutagePhase
from studio.kit import clock
from studio.people.models import User
from studio.spending import actions as spending
from tests.asking import make_request
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_image, store_image

MOST = 6


@pytest.fixture
def browser(cast: Cast, settings: Settings) -> StrictClient:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    # Usual times are remembered for a few seconds, as in an installation.
    lasting = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "page-queries"}
    settings.CACHES = {**settings.CACHES, "process": lasting}
    install_catalog()
    ensure_sandbox_keys()
    return cast.client(cast.contributor)


def queries(client: StrictClient, address: str) -> list[str]:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_a_page_of_finished_batches_asks_six_questions(browser: StrictClient, cast: Cast) -> None:
    make_image(cast.project, cast.contributor)
    few = queries(browser, "/p/spring/")
    for _ in range(14):
        image = make_image(cast.project, cast.manager)
        store_image(image.generation)
    many = queries(browser, "/p/spring/")
    assert len(few) == len(many) <= MOST, "\n".join(many)
    older = parse(browser.get("/p/spring/").content.decode()).find(".load-more")
    assert older
    assert len(queries(browser, older.attrs["href"])) <= MOST


def test_what_waits_asks_for_its_line_once(browser: StrictClient, cast: Cast) -> None:
    make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED)
    few = queries(browser, "/p/spring/")
    for person in (cast.manager, cast.contributor, cast.admin):
        for _ in range(3):
            make_generation(make_batch(cast.project, person), status=Status.QUEUED)
    many = queries(browser, "/p/spring/")
    # Four for the line, one for whether its provider has a key, one for whether that has room.
    assert len(few) == len(many) <= MOST + 6, "\n".join(many)


def test_the_frame_says_the_same_whether_read_along_or_by_itself(browser: StrictClient, cast: Cast) -> None:
    held = spending.hold(project=cast.project, by=cast.contributor, images=3)
    spending.settle(held.pk, images=2)
    make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED)
    make_image(cast.project, cast.manager)
    frame = the_frame(cast.contributor)
    assert (frame.usage.held, frame.usage.spent) == (1, 2)


def test_keys_outages_and_requests_are_seen_while_they_are_there(browser: StrictClient, cast: Cast) -> None:
    assert what_is_there(cast.contributor) == (True, False, False)
    asked = make_request(cast)
    key = add_key(provider=asked.model.provider, label="Team", secret="ms-1234567890")
    outage = Outage.objects.create(
        provider=key.provider, kind=OutageKind.UNREACHABLE, began_at=clock.now(), ask_at=clock.now()
    )
    assert what_is_there(cast.contributor) == (False, True, True)
    assert what_is_there(cast.manager) == (False, True, False)
    outage.phase, outage.back_at, asked.seen_at = OutagePhase.RETURNING, clock.now(), clock.now()
    outage.save()
    asked.save()
    delete_key(key=key, by=None)
    assert what_is_there(cast.contributor) == (True, False, False)


def what_is_there(person: User) -> tuple[bool, bool, bool]:
    """Return whether only the sandbox answers, any provider is away, and the person has asked for more."""
    frame = the_frame(person)
    return frame.is_rehearsal, frame.has_outage, frame.has_requests


def the_frame(person: User) -> Frame:
    """Return what stands around a person's feed, which is the same whether it is read along or by itself."""
    project, frame = open_studio("spring", person)
    assert frame == frame_of(project, person)
    return frame
