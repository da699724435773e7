"""Testing keys: a free call to the provider, what it shows, how long it took, and what is left of the account.

The provider is asked outside of any transaction. Nothing that it says is kept but numbers: of its answer only its
meaning becomes a sentence, ours.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from studio.catalog.models import Provider
from studio.keys.models import ApiKey, Verdict
from studio.keys.queries import Endpoint, endpoint_of, secret_of
from studio.kit import clock
from studio.kit.crypto import WrongEncryptionKey
from studio.kit.http import ApiClients
from studio.kit.wire import HttpAnswer, HttpCall, HttpFailure
from studio.providers.registry import adapter_for

logger = logging.getLogger(__name__)

TIMEOUT_S = 8.0
_MAX_ANSWER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeyTest:
    """What a test showed. `latency_ms` is None where nobody answered, `credits` where no balance was told."""

    verdict: Verdict
    sentence: str
    latency_ms: int | None = None
    credits: int | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    provider_slug: str
    base_url: str
    secret: str = field(repr=False)


def run_tests(keys: Sequence[ApiKey]) -> None:
    """Ask the providers of these keys, all at once, and write down what each test showed."""
    questions: dict[int, _Question] = {}
    for key in keys:
        try:
            endpoint, secret = endpoint_of(key), secret_of(key)
            questions[key.pk] = _Question(key.provider.slug, endpoint.base_url, secret)
        except WrongEncryptionKey as error:
            note_test(key, KeyTest(Verdict.REFUSED, error.sentence))
    found = _ask_all(list(questions.values()))
    by_pk = {key.pk: key for key in keys}
    for pk, tested in zip(questions, found, strict=True):
        note_test(by_pk[pk], tested)


def try_secret(provider: Provider, secret: str) -> KeyTest:
    """Ask the provider whether it accepts a secret that isn't stored yet."""
    endpoint = Endpoint(provider.base_url, tuple(provider.allowed_hosts))
    return _ask_all([_Question(provider.slug, endpoint.base_url, secret)])[0]


def note_test(key: ApiKey, tested: KeyTest) -> None:
    """Write down what a test showed; an older balance stays until a newer one is told.

    A key that was refused stays so while nobody answers: that says nothing about the key.
    """
    verdict, sentence = tested.verdict, tested.sentence
    if verdict == Verdict.OPEN and tested.latency_ms is None and key.is_refused_in_test:
        verdict, sentence = Verdict.REFUSED, f"{sentence} It was refused before."
    changes: dict[str, object] = {
        "tested_at": clock.now(),
        "test_verdict": verdict,
        "test_sentence": sentence[:300],
        "test_latency_ms": tested.latency_ms,
    }
    if tested.credits is not None:
        changes |= {"credits": tested.credits, "credits_asked_at": clock.now()}
    ApiKey.objects.present().filter(pk=key.pk).update(**changes)
    logger.info("keys.key.tested key=%s verdict=%s ms=%s", key.pk, verdict, tested.latency_ms)


def _ask_all(questions: Sequence[_Question]) -> list[KeyTest]:
    async def ask() -> list[KeyTest]:
        async with ApiClients() as clients:
            return await asyncio.gather(*(_ask(clients, question) for question in questions))

    return asyncio.run(ask()) if questions else []


async def _ask(clients: ApiClients, question: _Question) -> KeyTest:
    """Ask for the key and for the balance at the same time; the balance never decides anything."""
    adapter = adapter_for(question.provider_slug)
    tested, left = await asyncio.gather(_ask_key(clients, question), _ask_credits(clients, question))
    if tested.verdict == Verdict.WORKS and left == 0:
        sentence = f"{adapter.name} knows the key, but its credit is used up."
        return KeyTest(Verdict.OPEN, sentence, tested.latency_ms, left)
    return KeyTest(tested.verdict, tested.sentence, tested.latency_ms, left)


async def _ask_key(clients: ApiClients, question: _Question) -> KeyTest:
    adapter = adapter_for(question.provider_slug)
    call = adapter.test_key(secret=question.secret)
    if call is None:
        return KeyTest(Verdict.OPEN, f"{adapter.name} has no free call that would show whether a key works.")
    try:
        answer = await _send(clients, question, call)
    except HttpFailure as failure:
        return KeyTest(
            Verdict.OPEN, f"{failure.about(adapter.name)} That does not show whether the key works."
        )
    latency_ms = round(1000 * answer.elapsed_s)
    problem = adapter.read_key_test(answer)
    if problem is None:
        return KeyTest(Verdict.WORKS, "Works", latency_ms)
    return KeyTest(Verdict.REFUSED if problem.permanent else Verdict.OPEN, problem.sentence, latency_ms)


async def _ask_credits(clients: ApiClients, question: _Question) -> int | None:
    adapter = adapter_for(question.provider_slug)
    call = adapter.balance(secret=question.secret, base_url=question.base_url)
    if call is None:
        return None
    try:
        return adapter.read_balance(await _send(clients, question, call))
    except HttpFailure:
        return None


async def _send(clients: ApiClients, question: _Question, call: HttpCall) -> HttpAnswer:
    return await clients.send_poll(question.base_url, call, timeout_s=TIMEOUT_S, max_bytes=_MAX_ANSWER_BYTES)
