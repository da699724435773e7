"""Noticing that a provider is away, and asking it whether it is back."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

from studio.generation.engine.claims import Work
from studio.generation.engine.database import Database
from studio.generation.engine.durations import Durations
from studio.generation.engine.schedule import backoff_s
from studio.generation.outages import (
    Question,
    begin_outage,
    due_questions,
    forget_returned,
    provider_answered,
    trial_answered,
)
from studio.keys.models import Outage, OutageKind
from studio.kit import clock
from studio.kit.http import ApiClients
from studio.kit.wire import HttpFailure
from studio.providers.registry import adapter_for
from studio.providers.types import MaybeAccepted, NotAccepted, Submission

UNREACHABLE = "unreachable"  # the code of a submission that met no server
AWAY_AFTER = 5  # submissions in a row of which nobody knows whether they were accepted


class ProviderWatch:
    """What a slice learns of the providers from the answers to its submissions."""

    def __init__(self, durations: Durations, database: Database, clients: ApiClients) -> None:
        self._durations = durations
        self._database = database
        self._clients = clients
        self._failed_in_a_row: Counter[int] = Counter()

    async def hear(self, work: Work, outcome: Submission, now: datetime) -> None:
        """Learn from a submission's outcome whether its provider is away, or back."""
        if isinstance(outcome, NotAccepted) and outcome.problem.code == UNREACHABLE:
            await self._begin(work.provider_id, OutageKind.UNREACHABLE, now)
        elif isinstance(outcome, MaybeAccepted):
            self._failed_in_a_row[work.provider_id] += 1
            if work.is_trial or self._failed_in_a_row[work.provider_id] >= AWAY_AFTER:
                await self._begin(work.provider_id, OutageKind.FAILING, now)
        else:
            self._failed_in_a_row[work.provider_id] = 0
            if work.is_trial:
                await self._database.save(partial(trial_answered, work.provider_id, now))

    def take_questions(self) -> list[Question]:
        """Return the providers that are to be asked now; a write that is its own transaction."""
        if not Outage.objects.exists():
            # Nearly always. Each scan asks, and a delete takes SQLite's one writer, even of nothing.
            return []
        now = clock.now()
        forget_returned(now - timedelta(seconds=self._durations.return_s))
        return due_questions(now, self._pause_s)

    async def ask(self, question: Question) -> None:
        """Ask a provider that is away, by a call that costs nothing, whether it is back."""
        call = adapter_for(question.provider).test_key(secret=question.secret)
        timeout_s = self._durations.poll_timeout_s
        try:
            if call is not None:
                answer = await self._clients.send_poll(question.endpoint.base_url, call, timeout_s=timeout_s)
                if answer.status >= 500:
                    return
        except HttpFailure:
            return
        await self._database.save(partial(provider_answered, question.provider_id, clock.now()))

    async def _begin(self, provider_id: int, kind: OutageKind, now: datetime) -> None:
        ask_at = now + timedelta(seconds=self._pause_s(1))
        write = partial(begin_outage, provider_id=provider_id, kind=kind, at=now, ask_at=ask_at)
        await self._database.save(write)

    def _pause_s(self, asked: int) -> float:
        return backoff_s(asked, self._durations.outage_first_s, self._durations.outage_longest_s)
