"""Taking work: which generations a slice takes into its hands, and the intent before a request goes out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from studio.catalog.models import Provider
from studio.generation.engine import leases, outcomes
from studio.generation.keyring import best_room, rooms_of, why_waited
from studio.generation.line import choose_next
from studio.generation.models import Generation, Status, Upload
from studio.generation.moments import FULL, note_moment, noted_at
from studio.generation.outages import places_after
from studio.generation.queries import due, pictures_to_come
from studio.generation.sending import MaskFields, mask_fields
from studio.generation.timeline import note
from studio.generation.transitions import move
from studio.generation.uploads import uploads_in
from studio.keys.actions import mark_used
from studio.keys.models import ApiKey, OutagePhase
from studio.keys.queries import Endpoint, can_be_read, endpoint_of, outage_of, secret_of, usable_keys
from studio.kit import disk
from studio.kit.fault_points import reach
from studio.kit.wire import JsonObject

CLAIM_AT_ONCE = 200
FULL_NOTED_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Work:
    """What a slice knows of a generation that it has in hand. The row stays the truth."""

    id: int
    project_id: int
    provider_id: int
    author_id: int
    model_id: int
    pace: str
    hold_id: int
    status: Status
    attempt: int
    provider: str
    model: str
    images_asked: int
    key_id: int
    endpoint: Endpoint
    secret: str = field(repr=False)
    input: JsonObject = field(repr=False)
    uploads: Mapping[int, Upload] = field(repr=False)
    mask_fields: MaskFields = field(default_factory=MaskFields)
    task_id: str = ""
    submitted_at: datetime | None = None
    ready_at: datetime | None = None
    deadline_at: datetime | None = None
    result_files: tuple[Mapping[str, str], ...] = ()
    result_text: str = ""
    is_trial: bool = False
    """Whether it goes first, to show that its provider works again."""


def start_submissions(
    owner: str,
    now: datetime,
    lease: timedelta,
    in_hands: Collection[int] = (),
    *,
    return_every_s: float = 0.25,
) -> list[Work]:
    """Move as many queued generations to submitting as their keys have free slots, and return them.

    This is the intent: attempt, key and lease are committed before any request goes out. All or nothing: an
    intent that nobody acts on would become unknown, though it was never sent. What is for a provider that is
    away stays queued; to one that has just come back, one goes out every `return_every_s`.
    """
    queued = due(now).filter(status=Status.QUEUED).exclude(id__in=in_hands)
    if not queued.exists():
        return []
    works: list[Work] = []
    space = disk.pictures_that_fit() - pictures_to_come()
    if space < 1:
        _note_full(now)
    with transaction.atomic():
        for provider in Provider.objects.order_by("id"):
            keys = usable_keys(provider.pk, now, is_locking=True)
            outage = outage_of(keys[0]) if keys else None
            most = places_after(outage, now, return_every_s)
            started = _start_with(
                keys, queued.filter(model__provider=provider), owner, now, lease, most, space
            )
            space -= sum(one.images_asked for one in started)
            is_trial = outage is not None and outage.phase == OutagePhase.TRYING
            works += [replace(work, is_trial=is_trial) for work in _works([one.id for one in started], owner)]
    return works


def claim_unfinished(
    owner: str, now: datetime, lease: timedelta, in_hands: Collection[int] = ()
) -> list[Work]:
    """Take running and fetching generations that are due and that nobody holds."""
    unfinished = due(now).filter(status__in=(Status.RUNNING, Status.FETCHING)).exclude(id__in=in_hands)
    ids = list(unfinished.order_by("next_action_at", "id").values_list("id", flat=True)[:CLAIM_AT_ONCE])
    if not ids:
        return []
    with transaction.atomic():
        reach("claim.before")
        unfinished.filter(id__in=ids).update(lease_owner=owner, lease_until=now + lease)
        works = list(_works(ids, owner))
    reach("claim.committed")
    return works


def give_up_lost_submissions(now: datetime, in_hands: Collection[int] = ()) -> int:
    """Mark as unknown what was being sent when its slice died: nobody knows whether it arrived."""
    lost = due(now).filter(status=Status.SUBMITTING).exclude(id__in=in_hands)
    if not lost.exists():
        return 0
    leases.follow_clock(now)
    with transaction.atomic():
        # Locked: what is answered, or has its lease renewed, in this moment is not lost.
        locked = lost.select_for_update(skip_locked=True).order_by("id")[:CLAIM_AT_ONCE]
        return sum(outcomes.lost_in_submission(generation, now) for generation in locked)


def _start_with(
    keys: Sequence[ApiKey],
    queued: QuerySet[Generation],
    owner: str,
    now: datetime,
    lease: timedelta,
    most: int | None,
    space: int,
) -> list[Generation]:
    """Write the intents of a provider's next generations, each with the best key that has room, at most so many.

    They may make so many pictures as there is `space` for on the disk.
    """
    rooms = rooms_of(keys, now)
    free = sum(room.free for room in rooms)
    chosen = _next_in_line(queued, keys, free if most is None else min(free, most))
    started: list[Generation] = []
    full_at = noted_at(FULL) if chosen else None
    for one in chosen:
        if one.images_asked > space:
            _note_full(now)
            break
        room = best_room(rooms)
        waited = why_waited(
            room,
            one.next_action_at or now,
            now,
            is_short=len(chosen) == free,
            was_away=most is not None,
            full_at=full_at,
        )
        if _intend(one, room.key, owner, now, lease, waited):
            room.take()
            space -= one.images_asked
            started.append(one)
    mark_used([room.key.pk for room in rooms if room.taken], now)
    return started


def _note_full(now: datetime) -> None:
    """Remember it for the timelines of those who wait; not at each scan."""
    full_at = noted_at(FULL)
    if full_at is None or abs(now - full_at) > FULL_NOTED_EVERY:
        note_moment(FULL, now)


def _next_in_line(queued: QuerySet[Generation], keys: Sequence[ApiKey], count: int) -> list[Generation]:
    if count == 0:
        return []
    ids = choose_next(queued, keys[0].provider, count)
    return list(Generation.objects.filter(id__in=ids).order_by("id"))


def _intend(
    generation: Generation,
    key: ApiKey,
    owner: str,
    now: datetime,
    lease: timedelta,
    waited: Mapping[str, str],
) -> bool:
    reach("intent.before")
    generation.attempt += 1
    moved = move(
        generation,
        Status.SUBMITTING,
        at=now,
        attempt=generation.attempt,
        key_id=key.id,
        lease_owner=owner,
        lease_until=now + lease,
        submitted_at=now,
    )
    if moved:
        note(generation.id, "sending", now, key=str(key), attempt=generation.attempt, **waited)
        reach("intent.written")
    return moved


def _works(ids: Iterable[int], owner: str) -> Iterator[Work]:
    rows = list(
        Generation.objects.filter(id__in=ids, lease_owner=owner)
        .select_related("batch__model__provider", "key__provider")
        .order_by("id")
    )
    wanted = {upload for row in rows for upload in uploads_in(row.batch.input)}
    uploads = Upload.objects.in_bulk(list(wanted))
    for row in rows:
        # What is skipped keeps its lease, and is looked at again when that runs out.
        if row.key is None or not can_be_read(row.key):
            continue
        yield _work(row, row.key, {id: uploads[id] for id in uploads_in(row.batch.input) if id in uploads})


def _work(row: Generation, key: ApiKey, uploads: Mapping[int, Upload]) -> Work:
    return Work(
        id=row.id,
        project_id=row.project_id,
        provider_id=key.provider_id,
        author_id=row.author_id,
        model_id=row.model_id,
        pace=row.pace,
        hold_id=row.hold_id,
        status=Status(row.status),
        attempt=row.attempt,
        provider=row.batch.model.provider.slug,
        model=row.batch.model.slug,
        images_asked=row.images_asked,
        key_id=key.id,
        endpoint=endpoint_of(key),
        secret=secret_of(key),
        input=row.batch.input,
        uploads=uploads,
        mask_fields=mask_fields(row.batch.model) if len(uploads) > 1 else MaskFields(),
        task_id=row.task_id,
        submitted_at=row.submitted_at,
        ready_at=row.ready_at,
        deadline_at=row.deadline_at,
        result_files=tuple(row.result_files),
        result_text=row.result_text,
    )
