"""Whether Studio can do its work now: what /readyz says, cheap enough to be asked every few seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection, transaction

from studio.catalog.models import Provider
from studio.generation.keyring import rooms_of
from studio.generation.line import line_before
from studio.generation.models import Generation, Status
from studio.generation.moments import READY, note_moment
from studio.generation.signs import CHORES, ENGINE, is_renewing, is_starting, last_sign, patience
from studio.keys.queries import encryption_problem, usable_keys
from studio.kit import clock, disk

# A monitor wants an answer: the twenty seconds that a page waits for a locked database are too long for it.
WRITE_TIMEOUT_S = 2
UNTOUCHED = timedelta(minutes=2)

Facts = dict[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must work. `reason` is a sentence, empty while it does; `facts` are figures, never secrets.

    `is_passing`: it will work in a moment, by itself.
    """

    name: str
    reason: str
    facts: Facts
    is_passing: bool = False

    @property
    def is_ready(self) -> bool:
        return not self.reason


def look() -> list[Part]:
    """Look at every part. Where the database is away, what is asked of it is left out."""
    now = clock.now()
    database = look_at_database()
    parts: list[Callable[[], Part]] = [look_at_media]
    if database.is_ready:
        parts += [lambda: look_at_workers(now), lambda: look_at_line(now)]
    return [database, *(look() for look in parts)]


def look_at_database() -> Part:
    """Write a row, as every press of the button does."""
    began = clock.now()
    try:
        with _impatient_transaction():
            note_moment(READY, began)
    except (DatabaseError, InterfaceError) as error:
        return Part(
            "database",
            f"The database can't be written ({type(error).__name__}).",
            {"vendor": connection.vendor},
        )
    return Part("database", "", {"vendor": connection.vendor})


def look_at_media() -> Part:
    """See whether there is room for what a provider would make."""
    disks = disk.disks()
    facts: Facts = {f"{one.name}_free_bytes": one.free_bytes for one in disks}
    full = disk.full_disk()
    reason = full and f"The disk of the {full.name} has only {disk.megabytes(full.free_bytes)} free."
    return Part("media", reason or "", facts)


def look_at_workers(now: datetime) -> Part:
    """See whether both clusters give signs of life, on whatever machine they are."""
    silent = {cluster: _silent_s(cluster, now) for cluster in (ENGINE, CHORES)}
    facts: Facts = {
        f"{cluster}_silent_s": None if seconds is None else round(seconds, 1)
        for cluster, seconds in silent.items()
    }
    if problem := encryption_problem():
        return Part("workers", problem, facts)
    for cluster, seconds in silent.items():
        if cluster == ENGINE and is_renewing(now):
            continue
        if is_starting(cluster, now):
            starting = (
                f"The {cluster} cluster is just starting, and has not given its first sign of life yet."
            )
            return Part("workers", starting, facts, is_passing=True)
        if seconds is None:
            return Part("workers", f"The {cluster} cluster has never given a sign of life.", facts)
        if seconds > patience(cluster).total_seconds():
            reason = f"The {cluster} cluster has been silent for {seconds:.0f} seconds."
            return Part("workers", reason, facts)
    return Part("workers", "", facts)


def look_at_line(now: datetime) -> Part:
    """See whether somebody serves the line: what could go out for minutes while nothing does is stuck."""
    oldest = Generation.objects.filter(status=Status.QUEUED, next_action_at__isnull=False)
    created_at = oldest.order_by("id").values_list("created_at", flat=True).first()
    waits_s = None if created_at is None else max(0.0, round((now - created_at).total_seconds(), 1))
    stuck = next((provider for provider in Provider.objects.order_by("id") if _is_stuck(provider, now)), None)
    reason = stuck and f"Nothing has gone out to {stuck.name} for two minutes, though there is room for it."
    return Part("line", reason or "", {"oldest_waiting_s": waits_s})


def _silent_s(cluster: str, now: datetime) -> float | None:
    sign = last_sign(cluster)
    return None if sign is None else max(0.0, (now - sign).total_seconds())


def _is_stuck(provider: Provider, now: datetime) -> bool:
    before = now - UNTOUCHED
    if not line_before(provider, before).exists() or not disk.pictures_that_fit():
        return False
    if Generation.objects.filter(key__provider=provider, submitted_at__gt=before).exists():
        return False
    return any(room.free for room in rooms_of(usable_keys(provider.pk, now), now))


@contextmanager
def _impatient_transaction() -> Iterator[None]:
    """Wait for locks as long as a monitor waits, not as long as a page does."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{WRITE_TIMEOUT_S}s"])
            yield
        return
    # Before the transaction: an IMMEDIATE one waits where it begins.
    with connection.cursor() as cursor:
        [usual_ms] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {WRITE_TIMEOUT_S * 1000}")
        try:
            with transaction.atomic():
                yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual_ms)}")
