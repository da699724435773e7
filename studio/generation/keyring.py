"""What generations need of API keys: free room for the next one, and the keys of those that are under way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from studio.catalog.models import Provider
from studio.generation.engine.outcomes import key_stopped
from studio.generation.models import Generation, Status
from studio.keys.actions import delete_key, retire_key, rotate_key
from studio.keys.models import ApiKey, KeyState
from studio.keys.queries import can_be_read, standing_sentence
from studio.kit import clock
from studio.kit.errors import Conflict
from studio.people.models import User

MINUTE = timedelta(minutes=1)
WORTH_A_REASON = timedelta(seconds=1)


@dataclass(slots=True)
class Room:
    """How much can be sent with a key now. Counted from the rows, so that overlapping slices respect it too."""

    key: ApiKey
    free: int
    under_way: int
    taken: int = 0
    is_out_of_minute: bool = False
    is_bound_by_minute: bool = False
    """Whether the limit per minute leaves less than the places do."""

    def take(self) -> None:
        self.free -= 1
        self.under_way += 1
        self.taken += 1

    @property
    def _precedence(self) -> tuple[bool, int, int]:
        return self.free == 0, self.key.priority, self.under_way

    def __lt__(self, other: "Room") -> bool:
        return self._precedence < other._precedence


def rooms_of(keys: Iterable[ApiKey], now: datetime) -> list[Room]:
    """Return the room that each key's limits leave, in the order of the keys."""
    keys = list(keys)
    busy = Generation.objects.filter(
        key__in=keys, next_action_at__isnull=False, status__in=(Status.SUBMITTING, Status.RUNNING)
    )
    counted = busy.order_by().values_list("key_id", "status").annotate(Count("id"))
    counts = Counter({(key_id, Status(status)): count for key_id, status, count in counted})
    limited = [key for key in keys if key.max_per_minute is not None]
    lately = Generation.objects.filter(key__in=limited, submitted_at__gt=now - MINUTE)
    sent = _count_by_key(lately) if limited else Counter[int]()
    return [
        _room_of(key, counts[key.pk, Status.SUBMITTING], counts[key.pk, Status.RUNNING], sent[key.pk])
        for key in keys
    ]


def full_reason(provider: Provider, keys: Iterable[ApiKey], now: datetime) -> str:
    """Say why even the next in line waits though these keys can be used; empty where one of them has room."""
    rooms = rooms_of(keys, now)
    if not rooms or any(room.free for room in rooms):
        return ""
    if any(room.is_out_of_minute for room in rooms):
        return f"{provider.name} takes no more in this minute."
    return f"All places at {provider.name} are taken."


def best_room(rooms: Iterable[Room]) -> Room:
    """Return the one with room, by priority, then with the least under way, then the earlier one."""
    return min(rooms)


def why_waited(
    room: Room, since: datetime, now: datetime, *, is_short: bool, was_away: bool, full_at: datetime | None
) -> dict[str, str]:
    """Say, for the timeline, why something waited from `since` until it goes out with this key now.

    `is_short`: there is no more room now than is needed. `was_away`: the provider is just coming back. `full_at`: when
    the disk was last seen without room for a picture.
    """
    key = room.key
    if now - since < WORTH_A_REASON:
        return {}
    if full_at and since <= full_at <= now:
        return {"waited": "room"}
    if was_away:
        return {"waited": "away"}
    if key.resting_until and since < key.resting_until <= now:
        return {"waited": "rest", "until": key.resting_until.isoformat()}
    began_at = max(filter(None, (key.created_at, key.state_since)))
    if since < began_at <= now:
        return {"waited": "key", "until": began_at.isoformat()}
    if not is_short:
        return {"waited": "engine"}
    return {"waited": "minute" if room.is_bound_by_minute else "places"}


def under_way_by_key() -> Counter[int]:
    """Count what is at the providers now, for each key."""
    return _count_by_key(Generation.objects.filter(_at_provider()))


def retire_finished_keys() -> int:
    """Retire each key that was rotated out and whose last generation has ended; return how many."""
    busy = Generation.objects.filter(_at_provider(), key__state=KeyState.RETIRING)
    finished = ApiKey.objects.present().filter(state=KeyState.RETIRING)
    finished = finished.exclude(pk__in=busy.order_by().values("key"))
    return sum(retire_key(key_id=key.pk) for key in finished.order_by("pk"))


@transaction.atomic
def rotate_out(*, key: ApiKey, secret: str, by: User | None) -> ApiKey:
    """Put a new key in the place of this one, which stays for what is under way; return the new one.

    Raises what `keys.actions.rotate_key` raises.
    """
    fresh = rotate_key(key=key, secret=secret, by=by)
    retire_finished_keys()
    return fresh


@transaction.atomic
def stop_retiring_key(*, key_id: int, by: User | None) -> int:
    """End a key that was rotated out at once, instead of with the last generation that was sent with it.

    What the provider was working on for it can't be asked for any more: it becomes unknown, its hold is kept.
    What is being sent or fetched in this moment still ends by itself. Returns how many became unknown; raises
    Conflict where the key isn't retiring.
    """
    now = clock.now()
    if not retire_key(key_id=key_id, by=by):
        raise Conflict("This key isn’t retiring, so there is nothing to stop.")
    running = Generation.objects.filter(
        key=key_id, status=Status.RUNNING, next_action_at__isnull=False
    ).select_for_update()
    return sum(key_stopped(generation, now) for generation in running.order_by("id"))


@transaction.atomic
def remove_key(*, key_id: int, by: User | None, seen: str | None = None) -> ApiKey:
    """Delete a key that no generation needs. Raises Conflict while one does, or its state isn't the `seen` one."""
    key = ApiKey.objects.present().select_for_update().get(pk=key_id)
    if seen is not None and key.state != seen:
        raise Conflict(f"{standing_sentence(key)} Delete it once more if it shall go all the same.")
    check_not_needed(key)
    delete_key(key=key, by=by)
    return key


def check_not_needed(key: ApiKey) -> None:
    """Raise Conflict while generations need this key: to be asked for, or to be checked again."""
    if sentence := needed_sentence(Generation.objects.filter(_needs_its_key(), key=key).count()):
        raise Conflict(sentence)


def needed_by_key() -> Counter[int]:
    """Count the generations for whose sake each key can't be deleted."""
    return _count_by_key(Generation.objects.filter(_needs_its_key(), key__isnull=False))


def needed_sentence(count: int) -> str:
    """Say why a key can't be deleted that so many generations need; empty when none does."""
    if count == 1:
        return "1 generation still needs this key. Delete it when that has ended or was decided."
    if count:
        return f"{count} generations still need this key. Delete it when they have ended or were decided."
    return ""


def running_by_key() -> Counter[int]:
    """Count what the providers are working on, for each key."""
    return _count_by_key(Generation.objects.filter(status=Status.RUNNING, next_action_at__isnull=False))


def unreadable_among(generations: Iterable[Generation]) -> set[int]:
    """Return the ids of those under way whose key can't be decrypted, so that nobody can ask for them."""
    by_key: dict[int, list[int]] = {}
    for one in generations:
        if one.key_id and one.status == Status.RUNNING:
            by_key.setdefault(one.key_id, []).append(one.pk)
    keys = ApiKey.objects.filter(pk__in=by_key).order_by("pk") if by_key else ()
    return {pk for key in keys if not can_be_read(key) for pk in by_key[key.pk]}


def waiting_by_provider() -> Counter[int]:
    """Count what waits to be sent to each provider."""
    queued = Generation.objects.filter(status=Status.QUEUED, next_action_at__isnull=False).order_by()
    return Counter(dict(queued.values_list("model__provider_id").annotate(Count("id"))))


def _needs_its_key() -> Q:
    return _at_provider() | (Q(status=Status.UNKNOWN) & ~Q(task_id=""))


def _at_provider() -> Q:
    return Q(next_action_at__isnull=False) & ~Q(status=Status.QUEUED)


def _count_by_key(generations: QuerySet[Generation]) -> Counter[int]:
    return Counter(dict(generations.order_by().values_list("key_id").annotate(Count("id"))))


def _room_of(key: ApiKey, submitting: int, running: int, sent: int) -> Room:
    places = min(key.max_submitting - submitting, key.max_in_flight - submitting - running)
    minute = places if key.max_per_minute is None else key.max_per_minute - sent
    under_way = submitting + running
    return Room(
        key,
        max(0, min(places, minute)),
        under_way,
        is_out_of_minute=minute <= 0 < places,
        is_bound_by_minute=minute < places,
    )
