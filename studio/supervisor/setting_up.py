"""Bringing an installation up to date: database, catalogue, keys, schedules, static files, and the first sign-in.

Each step looks first and does nothing when there is nothing to do, so a second start is quick.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django_q.models import Schedule

from studio.catalog.actions import install_catalog
from studio.generation.signs import CHORES
from studio.generation.tasks import PUMP
from studio.keys.actions import ensure_encryption_key, ensure_sandbox_keys
from studio.kit import clock
from studio.kit.ids import random_name
from studio.people.actions import FIRST_ADMIN, add_person
from studio.people.models import TeamRole, User
from studio.projects.actions import create_project
from studio.projects.models import Project

_ADVISORY_LOCK = 727_801_355


@dataclass(frozen=True, slots=True)
class SignIn:
    """The generated sign-in of a new installation; its password is nowhere else."""

    email: str
    password: str


def set_up() -> None:
    """Bring database, catalogue, keys, schedules and static files up to date."""
    with _alone():
        _migrate()
        _make_cache_table()
        install_catalog()
        if ensure_encryption_key():
            ensure_sandbox_keys()
        ensure_schedules()
        _collect_static()


def make_first_sign_in() -> SignIn | None:
    """Give a new installation an admin and a first project; None when there are people already."""
    if User.objects.exists():
        return None
    password = "-".join(random_name(5) for _ in range(4))
    with transaction.atomic():
        admin = add_person(email=FIRST_ADMIN, name="Admin", role=TeamRole.ADMIN, password=password, by=None)
        if not Project.objects.exists():
            create_project(name="Playground", slug="playground", by=admin)
    return SignIn(FIRST_ADMIN, password)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time set up: on this machine by a file, among several hosts by the database."""
    folder = Path(settings.DATA.path) / "run"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
        try:
            yield
        finally:
            # Ends the database's lock too.
            connection.close()


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


def _make_cache_table() -> None:
    if settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names():
        call_command("createcachetable", verbosity=0)


def ensure_schedules() -> None:
    """The engine is also started every minute, and the night's work every night, whatever else is lost."""
    # The engine's cluster alone reads the schedules; the work itself is a chore.
    chore = {"kwargs": f"q_options={{'cluster': '{CHORES}'}}"}
    minutely = {"schedule_type": Schedule.MINUTES, "minutes": 1}
    nightly = {"schedule_type": Schedule.DAILY, **chore}
    wanted = {
        "pump": {"func": PUMP, **minutely},
        "tell": {"func": "studio.supervisor.tasks.tell", **minutely, **chore},
        "send_webhooks": {"func": "studio.webhooks.sending.send_due", **minutely, **chore},
        "tidy": {"func": "studio.supervisor.tasks.tidy", **nightly},
        "prove_ledger": {"func": "studio.supervisor.tasks.prove_ledger", **nightly},
        "read_listings": {"func": "studio.supervisor.tasks.read_listings", **nightly},
    }
    first = {Schedule.MINUTES: clock.now(), Schedule.DAILY: _next_night(clock.now())}
    for name, fields in wanted.items():
        schedule, is_new = Schedule.objects.get_or_create(
            name=name, defaults={**fields, "repeats": -1, "next_run": first[fields["schedule_type"]]}
        )
        if not is_new and any(getattr(schedule, field) != value for field, value in fields.items()):
            Schedule.objects.filter(pk=schedule.pk).update(**fields)


def _next_night(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=3, minute=30, second=0, microsecond=0)


def _collect_static() -> None:
    """Collect when a file has changed since the last time, hashed names and compression included."""
    digest = _digest_of_static()
    stamp = Path(settings.STATIC_ROOT) / ".digest"
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest)


def _digest_of_static() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for name in ("uv.lock", "project/static.py"):
        digest.update(Path(settings.BASE_DIR / name).read_bytes())
    for finder in get_finders():
        for path, storage in finder.list([]):
            about = Path(storage.path(path)).stat()
            digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()
