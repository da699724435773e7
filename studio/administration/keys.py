"""The keys' page: how each provider stands, and of each key its state, what is under way with it, and its last test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from project.run_state import sandbox_url
from studio.administration.finding import fits
from studio.catalog.models import Provider
from studio.generation.keyring import (
    needed_by_key,
    needed_sentence,
    running_by_key,
    under_way_by_key,
    waiting_by_provider,
)
from studio.keys.models import ApiKey, KeyState, Outage, Verdict
from studio.keys.queries import can_be_read
from studio.kit import clock
from studio.spending.models import UsageHour
from studio.spending.periods import Period, start_of


@dataclass(frozen=True, slots=True)
class State:
    """How a key stands: a tone for its light, a word, what to do about it, and since when."""

    tone: str
    word: str
    why: str = ""
    since: datetime | None = None


_WORKING, _UNTESTED = State("ok", "Working"), State("", "Untested")
_SANDBOX = State("", "On", "Answers until the provider has a key. Nothing is paid.")
_UNREADABLE = State(
    "bad",
    "Can’t be read",
    "STUDIO_ENCRYPTION_KEYS isn’t what it was encrypted with. Put the old one back, or rotate the key.",
)
_UNREADABLE_RUNNING = replace(
    _UNREADABLE, why=f"What still runs with it can’t be asked for. {_UNREADABLE.why}"
)
_ENDINGS = {
    KeyState.UNAUTHORISED: State(
        "bad", "Refused", "The provider answered 401. Rotate the key, or resume it once that is mended."
    ),
    KeyState.OUT_OF_CREDIT: State(
        "bad", "Out of credit", "The provider answered 402. Add credit there, then resume the key."
    ),
    KeyState.RETIRED: State("", "Retired", "Another key has taken its place."),
}
_IN_TEST = {
    Verdict.WORKS: _WORKING,
    Verdict.REFUSED: State(
        "bad", "Refused in the test", "What is sent with it would be refused, too. Rotate it."
    ),
    Verdict.OPEN: State("warn", "In doubt", "Used all the same: the test left open whether it works."),
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its row shows it. `refusal` says why it can't be deleted."""

    key: ApiKey
    state: State
    under_way: int
    refusal: str
    running: int = 0
    is_tested_on_arrival: bool = False

    @property
    def share(self) -> int:
        """How full the key is, in percent."""
        return min(100, round(100 * self.under_way / self.key.max_in_flight))

    @property
    def texts(self) -> tuple[str, ...]:
        """By what it is found."""
        key = self.key
        return key.label, key.provider.name, key.last_four, key.fingerprint, self.state.word

    @property
    def told_credits(self) -> int | None:
        """The balance, if the last test was told one."""
        key = self.key
        is_told = key.credits_asked_at and key.tested_at and key.credits_asked_at >= key.tested_at
        return key.credits if is_told else None

    @property
    def can_pause(self) -> bool:
        return self.key.state == KeyState.ACTIVE and not self.key.is_sandbox

    @property
    def can_resume(self) -> bool:
        return not self.key.is_sandbox and (
            self.key.is_stopped or self.key.state == KeyState.PAUSED or self.state.word == "Resting"
        )

    @property
    def can_stop(self) -> bool:
        return self.key.state == KeyState.RETIRING

    @property
    def stop_words(self) -> str:
        """Say what stopping it now means for what runs with it."""
        if not self.running:
            return "Nothing that the provider works on was sent with it. What is being fetched still arrives."
        one = self.running == 1
        return (
            f"{self.running:,} running generation{' becomes' if one else 's become'} unknown: "
            f"{'its result is' if one else 'their results are'} no longer asked for, what is held stays held, and "
            f"somebody decides about {'it' if one else 'each'} among the jobs, or has the provider asked once more. "
            "It may be charged all the same."
        )

    @property
    def test_tone(self) -> str:
        return {Verdict.WORKS: "ok", Verdict.REFUSED: "bad", Verdict.OPEN: "warn"}[
            Verdict(self.key.test_verdict)
        ]


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """How a provider stands: its light, a word, and what the team has had from it this month."""

    provider: Provider
    light: State
    balance_of: ApiKey | None
    spent_micros: int
    images: int
    under_way: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Board:
    """`rows` are those that fit the `words` that are looked for, `count` is how many keys there are."""

    cards: list[ProviderCard]
    rows: list[KeyRow]
    month: datetime
    words: str
    count: int


def board(*, words: str = "", arrived_id: int | None = None) -> Board:
    """Return what the page shows; the key that has just arrived is tested by the page itself."""
    now = clock.now()
    under_way, needed, waiting = under_way_by_key(), needed_by_key(), waiting_by_provider()
    running = running_by_key()
    used, outages = _used_this_month(), _outages()
    cards, rows = [], []
    for provider, keys in _keys_by_provider():
        found = [
            KeyRow(
                key=key,
                state=state_of(key, now, under_way[key.pk], outages.get(provider.pk)),
                under_way=under_way[key.pk],
                refusal=needed_sentence(needed[key.pk]),
                running=running[key.pk],
                is_tested_on_arrival=key.pk == arrived_id and key.tested_at is None,
            )
            for key in keys
        ]
        rows += found
        spent, images = used.get(provider.pk, (0, 0))
        busy = sum(row.under_way for row in found)
        cards.append(_card(provider, found, spent, images, busy, waiting[provider.pk]))
    fitting = [row for row in rows if fits(words, *row.texts)]
    return Board(cards, fitting, timezone.localtime(now), words, len(rows))


def _keys_by_provider() -> list[tuple[Provider, list[ApiKey]]]:
    """The sandbox's key is shown where the sandbox answers: it runs, and the provider has no key of its own."""
    keys = list(
        ApiKey.objects.present()
        .select_related("provider", "created_by", "state_by")
        .order_by("priority", "id")
    )
    real_of = {key.provider_id for key in keys if not key.is_sandbox}
    has_sandbox = bool(sandbox_url())
    shown = [key for key in keys if not key.is_sandbox or (has_sandbox and key.provider_id not in real_of)]
    shown.sort(key=lambda key: key.is_rotated_out)
    return [
        (provider, [key for key in shown if key.provider_id == provider.pk])
        for provider in Provider.objects.order_by("name", "id")
    ]


def _used_this_month() -> Mapping[int, tuple[int, int]]:
    start = start_of(Period.MONTH, timezone.localdate())
    sums = UsageHour.objects.filter(day__gte=start, model__isnull=False).order_by()
    found = sums.values_list("model__provider_id").annotate(Sum("spent_micros"), Sum("images"))
    return {provider_id: (spent, images) for provider_id, spent, images in found}


def _outages() -> dict[int, Outage]:
    """Return the outages that aren't over, by the provider's id."""
    present = Outage.objects.present().select_related("provider").order_by("id")
    return {outage.provider_id: outage for outage in present}


def state_of(key: ApiKey, now: datetime, under_way: int, outage: Outage | None = None) -> State:
    """Say in which state a key is; none works while its provider is away."""
    state, since = KeyState(key.state), key.state_since
    if state == KeyState.ACTIVE:
        return _active_state(key, now, outage)
    if state == KeyState.RETIRING and not can_be_read(key):
        return replace(_UNREADABLE_RUNNING if under_way else _UNREADABLE, since=since)
    if state == KeyState.RETIRING:
        return State(
            "warn", "Retiring", f"{under_way} still running. It retires with the last of them.", since
        )
    if state == KeyState.PAUSED:
        by = key.state_by.display_name if key.state_by else "the command line"
        return State("warn", "Paused", f"By {by}. What is under way goes on.", since)
    return replace(_ENDINGS[state], since=since)


def _active_state(key: ApiKey, now: datetime, outage: Outage | None) -> State:
    if not can_be_read(key):
        return _UNREADABLE
    if key.is_resting(now):
        until = timezone.localtime(key.resting_until)
        return State("warn", "Resting", f"The provider asked to wait until {until:%H:%M:%S}.")
    if key.is_sandbox:
        return _SANDBOX
    tested = _tested_state(key)
    if outage is None or tested.tone == "bad":
        return tested
    why = f"{outage.sentence} What is new waits, uncharged, and goes out by itself when it is back."
    return State("warn", "Provider away", why, outage.began_at)


def _tested_state(key: ApiKey) -> State:
    """What was sent later than the test has shown more than that."""
    if key.last_used_at is None and key.tested_at is None:
        return _UNTESTED
    return _IN_TEST[Verdict(key.test_verdict)] if key.is_tested_since_use else _WORKING


def _card(
    provider: Provider, rows: Sequence[KeyRow], spent: int, images: int, under_way: int, waiting: int
) -> ProviderCard:
    told = [row.key for row in rows if row.key.credits_asked_at and not row.key.is_rotated_out]
    latest = max(told, key=lambda key: str(key.credits_asked_at), default=None)
    current = [row.state for row in rows if not row.key.is_rotated_out]
    return ProviderCard(provider, _light(current), latest, spent, images, under_way, waiting)


def _light(states: Sequence[State]) -> State:
    """One light for all keys: green while all work, amber while one of them still does, red when none does."""
    if not states:
        return State("bad", "No key")
    if states == [_SANDBOX]:
        return State("", "Sandbox, free")
    worst = min(states, key=lambda state: ("bad", "warn", "ok", "").index(state.tone))
    working = sum(state.tone in ("ok", "") for state in states)
    if worst.tone in ("ok", "") or not working:
        return worst
    return State("warn", f"{working} of {len(states)} keys work")
