"""The tail and the stream, in an event loop of the test's own against the test's database file."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import F
from django.test import AsyncClient
from django.urls import reverse

from studio.live import stream, tail
from studio.live.actions import announce
from studio.live.events import news_event
from studio.live.models import Change
from studio.live.queries import News, current_cursor
from studio.live.tail import QUEUE_LIMIT, Subscription
from studio.people.actions import deactivate_person
from studio.people.models import TeamRole, User
from studio.people.sessions import end_elsewhere
from studio.projects.handing_over import change_team_role
from studio.projects.models import Membership, Project
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
Event = tuple[str, dict[str, Any]]


class Reader:
    """One browser's stream, read event by event."""

    def __init__(self, person: User, cursor: int | None) -> None:
        self._events = stream.events(person.pk, cursor)

    async def next(self) -> Event | None:
        """Return the next event but `hello`; None when the stream has ended."""
        async with asyncio.timeout(5):
            async for text in self._events:
                lines = dict(line.split(": ", 1) for line in text.decode().strip().splitlines())
                if lines["event"] != "hello":
                    return lines["event"], json.loads(lines["data"])
        return None

    async def close(self) -> None:
        await self._events.aclose()  # type: ignore[attr-defined]


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Play a scenario; afterwards the tail has ended with its last stream."""

    async def play() -> None:
        await scenario()
        await asyncio.sleep(0)
        assert not tail.tail().is_running
        await sync_to_async(connections.close_all)()

    asyncio.run(play())


@sync_to_async
def tell(project: Project, subject_id: int) -> None:
    announce(project_id=project.pk, subject_kind="generation", subject_id=subject_id)


def told(project: Project, *ids: int) -> list[dict[str, Any]]:
    return [{"project": project.pk, "kind": "generation", "ids": list(ids)}]


def test_a_stream_catches_up_and_then_follows(cast: Cast) -> None:
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=1)
    cursor = Change.objects.get().pk - 1

    async def scenario() -> None:
        reader = Reader(cast.viewer, cursor)
        event = await reader.next()
        assert event is not None
        assert event == ("changes", {"cursor": cursor + 1, "changes": told(cast.project, 1)})
        await tell(cast.project, 2)
        assert await reader.next() == ("changes", {"cursor": cursor + 2, "changes": told(cast.project, 2)})
        await reader.close()

    run(scenario)


def test_a_stream_tells_only_of_what_its_reader_may_see(cast: Cast) -> None:
    async def scenario() -> None:
        member, stranger = Reader(cast.viewer, None), Reader(cast.stranger, None)
        assert await member.next()
        assert await stranger.next()
        await tell(cast.project, 1)
        await tell(cast.team_project, 2)
        heard = [await member.next()]
        if heard[0] and len(heard[0][1]["changes"]) == 1:
            heard.append(await member.next())
        assert [change for event in heard if event for change in event[1]["changes"]] == [
            *told(cast.project, 1),
            *told(cast.team_project, 2),
        ]
        event = await stranger.next()
        assert event is not None
        assert event[1]["changes"] == told(cast.team_project, 2)
        await member.close()
        await stranger.close()

    run(scenario)


def test_who_loses_the_membership_hears_nothing_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "READER_MAX_AGE_FOR_NEWS_S", 0.0)

    async def scenario() -> None:
        reader = Reader(cast.viewer, None)
        assert await reader.next()
        await sync_to_async(Membership.objects.filter(user=cast.viewer).delete)()
        await tell(cast.project, 1)
        await tell(cast.team_project, 2)
        event = await reader.next()
        assert event is not None
        assert event[1]["changes"] == told(cast.team_project, 2)
        await reader.close()

    run(scenario)


def test_the_stream_of_a_deactivated_person_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "READER_MAX_AGE_S", 0.1)

    async def scenario() -> None:
        reader = Reader(cast.viewer, None)
        assert await reader.next()
        await sync_to_async(User.objects.filter(pk=cast.viewer.pk).update)(is_active=False)
        assert await reader.next() is None

    run(scenario)


def test_an_act_that_takes_rights_is_felt_without_other_news(cast: Cast) -> None:
    """What a reader may see is asked again in fifteen seconds; the act itself doesn't wait for that."""

    async def scenario() -> None:
        deactivated, guest = Reader(cast.viewer, None), Reader(cast.contributor, None)
        assert await deactivated.next()
        assert await guest.next()
        await asyncio.sleep(tail.READER_MAX_AGE_FOR_NEWS_S)
        await sync_to_async(deactivate_person)(person=cast.viewer, by=cast.admin)
        assert await deactivated.next() is None
        assert await guest.next()
        await asyncio.sleep(tail.READER_MAX_AGE_FOR_NEWS_S)
        await sync_to_async(change_team_role)(person=cast.contributor, role=TeamRole.GUEST, by=cast.admin)
        event = await guest.next()
        assert event is not None
        assert {change["project"] for change in event[1]["changes"]} == {cast.project.pk}
        await guest.close()

    run(scenario)


def test_signing_somebody_out_ends_their_streams_at_once(cast: Cast) -> None:
    """Whoever is signed in elsewhere comes back; the others of the team hear on."""

    async def scenario() -> None:
        theirs, another = Reader(cast.viewer, None), Reader(cast.contributor, None)
        assert await theirs.next()
        assert await another.next()
        await sync_to_async(end_elsewhere)(here=None, by=cast.viewer)
        assert await theirs.next() is None
        assert await another.next()
        back = Reader(cast.viewer, None)
        assert await back.next()
        await sync_to_async(announce)(project_id=cast.project.pk, subject_kind="generation", subject_id=1)
        event = await back.next()
        assert event is not None
        assert told(cast.project, 1)[0] in event[1]["changes"]
        await back.close()
        await another.close()

    run(scenario)


def test_an_old_cursor_gets_a_reset(cast: Cast) -> None:
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=1)
    Change.objects.update(id=F("id") + 5000)

    async def scenario() -> None:
        reader = Reader(cast.viewer, 3)
        event = await reader.next()
        assert event is not None
        assert event[0] == "reset"
        await reader.close()

    run(scenario)


def test_a_silent_stream_beats_with_its_cursor(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.3)
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=1)
    cursor = current_cursor()

    async def scenario() -> None:
        reader = Reader(cast.stranger, cursor)
        assert await reader.next() == ("changes", {"cursor": cursor, "changes": []})
        await tell(cast.project, 2)  # nothing for the stranger, but the cursor goes on
        events = [await reader.next() for _ in range(3)]
        assert events[-1] == ("beat", {"cursor": cursor + 1})
        await reader.close()

    run(scenario)


def test_a_stream_ends_after_its_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFETIME_S", 0.3)

    async def scenario() -> None:
        reader = Reader(cast.viewer, None)
        assert await reader.next()
        event = await reader.next()
        while event is not None:
            assert event[0] == "beat"
            event = await reader.next()

    run(scenario)


def test_a_reader_that_is_too_slow_is_told_to_reload() -> None:
    async def scenario() -> None:
        subscription = Subscription(user_id=1)
        for cursor in range(QUEUE_LIMIT + 1):
            subscription.tell(b"", cursor)
        assert subscription.queue.get_nowait() == news_event(News(QUEUE_LIMIT, is_reset=True))
        assert subscription.queue.empty()

    asyncio.run(scenario())


def test_the_answer_is_a_stream_that_nothing_holds_back(cast: Cast) -> None:
    async def scenario() -> None:
        client = AsyncClient()
        await client.aforce_login(cast.viewer)
        response = await client.get(reverse("live:stream"), headers={"Last-Event-ID": "3"})
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert "no-transform" in response.headers["Cache-Control"]
        content: AsyncIterator[bytes] = response.streaming_content
        assert await anext(content) == b"event: hello\ndata: {}\n\n"
        assert b"event: reset" in await anext(content)
        await content.aclose()  # type: ignore[attr-defined]
        await sync_to_async(connections.close_all)()

    asyncio.run(scenario())
