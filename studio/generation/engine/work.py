"""One generation's way through a slice: submit, poll until it is ready, fetch. The engine's only provider calls."""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from studio.generation import events, tallies
from studio.generation.engine import fetching, leases, outcomes
from studio.generation.engine.claims import Work
from studio.generation.engine.database import Database
from studio.generation.engine.durations import Durations
from studio.generation.engine.fetching import Fetcher
from studio.generation.engine.schedule import backoff_s, poll_delay_s
from studio.generation.engine.watching import UNREACHABLE, ProviderWatch
from studio.generation.models import Status
from studio.generation.sending import with_data_uris
from studio.generation.timeline import Polls
from studio.generation.uploads import uploads_in
from studio.generation.usual import Usual, usual_time
from studio.keys.actions import rest_key, stop_key
from studio.keys.models import KeyState
from studio.kit import clock
from studio.kit.errors import Invalid
from studio.kit.fault_points import reach
from studio.kit.http import ApiClients
from studio.kit.wire import HttpFailure
from studio.providers.registry import adapter_for
from studio.providers.types import (
    Accepted,
    Failed,
    Finished,
    MaybeAccepted,
    NotAccepted,
    Pending,
    Poll,
    PollTrouble,
    Problem,
    Refused,
    Submission,
    SubmitRequest,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

POLLS_AT_ONCE = 64
FORGOTTEN_AFTER = 5  # polls in a row that say "no such task"

NOT_SENT = "{sentence} Nothing was charged. It will be sent again by itself."
MAYBE_SENT = "{sentence} It may have been accepted and charged."
UNWRITTEN = "The request could not be written, because of a fault in Studio. Nothing was sent."
DEADLINE = "The provider has not finished in time. It may still finish, and charge: check again later."
FORGOTTEN = (
    "The provider no longer knows this task, so its outcome can't be learned. It may have been charged."
)
SAME_TASK = (
    "The provider answered with the same task as for another generation, so its result can't be told from that "
    "one's. It may have been charged."
)


class Worker:
    """Carries generations through their steps on behalf of one slice (`owner` of their leases)."""

    def __init__(
        self,
        owner: str,
        durations: Durations,
        database: Database,
        clients: ApiClients,
        fetcher: Fetcher,
        watch: ProviderWatch,
    ) -> None:
        self._owner = owner
        self._durations = durations
        self._database = database
        self._clients = clients
        self._fetcher = fetcher
        self._polls = asyncio.Semaphore(POLLS_AT_ONCE)
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._usual: dict[tuple[int, str], Usual | None] = {}
        self._learned_at: dict[tuple[int, str], float] = {}
        self._watch = watch
        self.is_draining = False
        self.on_the_wire: set[int] = set()

    def close(self) -> None:
        """End the threads."""
        self._preparing.shutdown()

    async def carry(self, work: Work) -> None:
        """Take a generation as far as it goes. When the slice drains, it is handed over between two steps."""
        current: Work | None = work
        while current is not None:
            if current.status == Status.SUBMITTING:
                current = await self._submit(current)
            elif current.status == Status.RUNNING:
                current = await self._poll_until_ready(current)
            else:
                await self._fetch(current)
                return
            if current is not None and self.is_draining:
                await self._hand_over(current)
                return

    async def _hand_over(self, work: Work) -> None:
        await self._database.read(lambda: leases.release(self._owner, [work.id]))

    # Submitting

    async def _submit(self, work: Work) -> Work | None:
        self.on_the_wire.add(work.id)
        try:
            return await self._submitted(work, await self._send(work))
        finally:
            self.on_the_wire.discard(work.id)

    async def _send(self, work: Work) -> Submission:
        """Make the one paid request. Whatever goes wrong comes back as an outcome, never as an exception."""
        reach("intent.committed")
        adapter = adapter_for(work.provider)
        wait_s = (
            self._durations.synchronous_timeout_s
            if adapter.is_synchronous
            else self._durations.submit_timeout_s
        )
        try:
            call = adapter.submit(await self._request(work), secret=work.secret)
        except Exception as error:
            if not isinstance(error, Invalid):
                log.exception("generation.request.unwritten id=%s", work.id)
            sentence = error.sentence if isinstance(error, Invalid) else UNWRITTEN
            return Refused(Problem(sentence, code="not_sent", permanent=True))
        reach("submission.before")
        try:
            answer = await self._clients.send_submission(work.endpoint.base_url, call, timeout_s=wait_s)
        except HttpFailure as failure:
            tallies.count(tallies.ANSWERS, work.provider, "submission", _fate(failure))
            if failure.was_sent:
                sentence = MAYBE_SENT.format(sentence=failure.about(adapter.name))
                return MaybeAccepted(Problem(sentence, code="no_answer", maybe_accepted=True))
            code = UNREACHABLE if failure.is_unreachable else "not_sent"
            return NotAccepted(Problem(NOT_SENT.format(sentence=failure.about(adapter.name)), code=code))
        reach("submission.answered")
        tallies.count(tallies.ANSWERS, work.provider, "submission", str(answer.status))
        return adapter.read_submission(answer)

    async def _request(self, work: Work) -> SubmitRequest:
        """Write the request, with the reference images in place of their numbers."""
        input = work.input
        if uploads_in(input):
            input = await asyncio.get_running_loop().run_in_executor(
                self._preparing, with_data_uris, input, work.uploads, work.mask_fields
            )
        return SubmitRequest(model=work.model, input=input)

    async def _submitted(self, work: Work, outcome: Submission) -> Work | None:
        now = clock.now()
        await self._watch.hear(work, outcome, now)
        if isinstance(outcome, Accepted):
            return await self._accepted(work, outcome.task_id, now)
        if isinstance(outcome, Finished):
            return await self._ready(work, outcome, polls=Polls())
        if isinstance(outcome, NotAccepted):
            await self._not_accepted(work, outcome, now)
        elif isinstance(outcome, Refused):
            await self._save(lambda: outcomes.refused(work, self._owner, now, problem=outcome.problem))
        else:
            await self._save(lambda: outcomes.maybe_accepted(work, self._owner, now, problem=outcome.problem))
        return None

    async def _accepted(self, work: Work, task_id: str, now: datetime) -> Work | None:
        if await self._database.read(partial(outcomes.has_task, work, task_id)):
            await self._lost(work, SAME_TASK, "same_task", Polls())
            return None
        deadline_at = now + timedelta(seconds=self._durations.run_deadline_s)
        if not await self._save(
            lambda: outcomes.accepted(work, self._owner, now, task_id=task_id, deadline_at=deadline_at)
        ):
            return None
        reach("task.committed")
        return replace(
            work, status=Status.RUNNING, task_id=task_id, submitted_at=now, deadline_at=deadline_at
        )

    async def _not_accepted(self, work: Work, outcome: NotAccepted, now: datetime) -> None:
        problem, first_s = outcome.problem, self._durations.resend_first_s
        wait_s = problem.retry_after_s
        if wait_s is None:
            wait_s = backoff_s(work.attempt, first_s, self._durations.resend_longest_s)
        # A wish for no wait at all, or for the past, would come to a request at every scan.
        wait_s = max(wait_s, backoff_s(1, first_s, first_s))
        is_unreachable = problem.code == UNREACHABLE
        if is_unreachable:
            wait_s = 0  # it waits for the provider, not for a time
        until, attempt = now + timedelta(seconds=wait_s), work.attempt - 1 if is_unreachable else None

        def write() -> bool:
            _mind_key(work.key_id, outcome.key_state, until)
            return outcomes.requeued(work, self._owner, now, problem=problem, wait_s=wait_s, attempt=attempt)

        await self._save(write)

    # Polling

    async def _poll_until_ready(self, work: Work) -> Work | None:
        polls, forgotten = Polls(), 0
        gives_up_at = asyncio.get_running_loop().time() + self._patience_s(work)
        pause_s = await self._first_pause_s(work)
        while True:
            await asyncio.sleep(pause_s)
            polls.count_one(clock.now())
            outcome = await self._ask(work)
            if isinstance(outcome, Finished):
                return await self._ready(work, outcome, polls=polls)
            if isinstance(outcome, Failed):
                await self._provider_failed(work, outcome, polls)
                return None
            is_forgotten = isinstance(outcome, PollTrouble) and outcome.is_unknown_task
            forgotten = forgotten + 1 if is_forgotten else 0
            if forgotten >= FORGOTTEN_AFTER:
                await self._lost(work, FORGOTTEN, "unknown_task", polls)
                return None
            if asyncio.get_running_loop().time() > gives_up_at:
                await self._lost(work, DEADLINE, "deadline", polls)
                return None
            pause_s = self._pause_s(work, outcome, polls.count)
            if isinstance(outcome, PollTrouble) and outcome.key_state != "usable":
                until = clock.now() + timedelta(seconds=pause_s)
                await self._save(partial(_mind_key, work.key_id, outcome.key_state, until))

    def _patience_s(self, work: Work) -> float:
        """Return for how long it is asked about. Counted from here on, so that a jump of the clock ends nothing.

        What is overdue when it is taken over gets a while, too: Studio was off, or its clock is wrong.
        """
        if work.deadline_at is None:
            return math.inf
        left_s = (work.deadline_at - clock.now()).total_seconds()
        return min(max(left_s, self._durations.overdue_s), self._durations.run_deadline_s)

    async def _first_pause_s(self, work: Work) -> float:
        now_s = asyncio.get_running_loop().time()
        paced = (work.model_id, work.pace)
        # Again and again: what a new model's first generations teach must not wait for the next slice.
        if now_s > self._learned_at.get(paced, -math.inf) + self._durations.relearn_s:
            self._usual[paced] = await self._database.read(lambda: usual_time(*paced))
            self._learned_at[paced] = now_s
        pause_s = self._pause_s(work, Pending(""), 0)
        # Taken over when it may well be ready, or a person asked to check again: then soon.
        return min(pause_s, self._durations.first_poll_s) if self._is_ripe(work) else pause_s

    def _is_ripe(self, work: Work) -> bool:
        usual = self._usual_of(work)
        return _age_s(work) > (usual.p50_s if usual else self._durations.first_poll_s)

    def _usual_of(self, work: Work) -> Usual | None:
        return self._usual.get((work.model_id, work.pace))

    def _pause_s(self, work: Work, outcome: Poll, asked: int) -> float:
        pause_s = poll_delay_s(_age_s(work), self._usual_of(work), self._durations, asked)
        if isinstance(outcome, PollTrouble):
            return max(pause_s, self._durations.poll_longest_s / 5, outcome.problem.retry_after_s or 0.0)
        return pause_s

    async def _ask(self, work: Work) -> Poll:
        adapter = adapter_for(work.provider)
        call = adapter.poll(work.task_id, secret=work.secret)
        reach("poll.before")
        try:
            async with self._polls:
                answer = await self._clients.send_poll(
                    work.endpoint.base_url, call, timeout_s=self._durations.poll_timeout_s
                )
        except HttpFailure as failure:
            tallies.count(tallies.ANSWERS, work.provider, "poll", _fate(failure))
            return PollTrouble(Problem(failure.sentence))
        reach("poll.answered")
        tallies.count(tallies.ANSWERS, work.provider, "poll", str(answer.status))
        return adapter.read_poll(answer)

    async def _provider_failed(self, work: Work, outcome: Failed, polls: Polls) -> None:
        now = clock.now()
        await self._save(
            lambda: outcomes.provider_failed(
                work, self._owner, now, problem=outcome.problem, is_charged=outcome.is_charged, polls=polls
            )
        )

    async def _lost(self, work: Work, sentence: str, code: str, polls: Polls) -> None:
        problem = Problem(sentence, code=code, maybe_accepted=True)
        now = clock.now()
        await self._save(
            lambda: outcomes.maybe_accepted(work, self._owner, now, problem=problem, polls=polls)
        )

    # Fetching

    async def _ready(self, work: Work, outcome: Finished, *, polls: Polls) -> Work | None:
        now = clock.now()
        sources = await self._fetcher.unpack(outcome.files, work.id)
        reach("ready.before")
        text, waited = outcome.text, _waited_for_room(self._fetcher.lacked_room(work.id))
        if not await self._save(
            lambda: outcomes.ready(
                work, self._owner, now, files=sources, text=text, polls=polls, waited=waited
            )
        ):
            fetching.forget_unpacked(sources)
            return None
        if not sources:
            return None
        reach("ready.committed")
        return replace(
            work, status=Status.FETCHING, ready_at=now, result_files=tuple(sources), result_text=text
        )

    async def _fetch(self, work: Work) -> None:
        fetched = await self._fetcher.fetch(work, renew=partial(self._told_again, work))
        # From here on it must not be cut short: files without rows would stay behind.
        self.on_the_wire.add(work.id)
        try:
            await self._fetched(work, fetched)
        finally:
            self.on_the_wire.discard(work.id)

    async def _told_again(self, work: Work) -> Sequence[Mapping[str, str]]:
        """Ask for the result once more, since its addresses have expired; nothing where nobody can be asked."""
        if not work.task_id:
            return ()
        outcome = await self._ask(work)
        return [{"url": file.url} for file in outcome.files] if isinstance(outcome, Finished) else ()

    async def _fetched(self, work: Work, fetched: fetching.Fetched) -> None:
        now = clock.now()
        made = len(work.result_files)
        if not fetched.files:
            sentence = f"{fetched.problem} The provider may have charged for it."
            is_ours = await self._save(
                lambda: outcomes.undelivered(work, self._owner, now, sentence=sentence, made=made)
            )
        else:
            is_ours = await self._keep(work, fetched, now)
        if is_ours:
            # Not before: whoever took it over has no other copy.
            fetching.forget_unpacked(work.result_files)

    async def _keep(self, work: Work, fetched: fetching.Fetched, now: datetime) -> bool:
        made, waited = len(work.result_files), _waited_for_room(fetched.lacked_room)
        image_ids = await self._save(
            lambda: outcomes.stored(
                work, self._owner, now, files=fetched.files, made=made, problem=fetched.problem, waited=waited
            )
        )
        if image_ids:
            reach("stored.committed")
            if work.ready_at:
                tallies.measure_storing((clock.now() - work.ready_at).total_seconds())
            await self._database.read(lambda: events.images_stored(image_ids))
        else:
            fetching.discard(fetched.files)
        return bool(image_ids)

    async def _save(self, write: Callable[[], T]) -> T:
        return await self._database.save(write)


def _mind_key(key_id: int, state: str, until: datetime) -> None:
    """Stop or rest a key as the provider's answer says."""
    if state == "resting":
        rest_key(key_id=key_id, until=until)
    elif state != "usable":
        stop_key(key_id=key_id, state=KeyState(state))


def _waited_for_room(has_lacked: bool) -> str:
    return "room" if has_lacked else ""


def _fate(failure: HttpFailure) -> str:
    return "no_answer" if failure.was_sent else "not_sent"


def _age_s(work: Work) -> float:
    """Never less than nothing: a clock that was set back must not make it wait until it catches up."""
    return max(0.0, (clock.now() - work.submitted_at).total_seconds()) if work.submitted_at else 0.0
