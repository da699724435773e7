"""`manage.py doctor`: each check sees a real damage, says it in words, and the command then fails."""

import io
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django_q.models import Failure, Schedule
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.catalog.queries import find_model
from studio.generation.actions import queue_batch
from studio.generation.models import Generation, NotedMoment, Status, TimelineEntry, Upload
from studio.keys.actions import add_key
from studio.keys.models import ApiKey, KeyState
from studio.kit import clock
from studio.spending.models import Counter
from studio.supervisor.setting_up import ensure_schedules
from studio.supervisor.tasks import beat, note_start
from tests.cast import Cast
from tests.company_provider import CompanyProvider, provider
from tests.fake_provider import Answer, FakeProvider, fake
from tests.integration.operations.conftest import silence

pytestmark = pytest.mark.any_database

__all__ = ["fake", "provider"]


@pytest.fixture
def healthy(alive: None, cast: Cast) -> Iterator[None]:
    """An installation with nothing wrong: set up, alive, with a key."""
    for path in (django_settings.DATA.path, *Path(django_settings.DATA.path, "secrets").glob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    install_catalog()
    ensure_schedules()
    provider = Provider.objects.get(slug="mountsea")
    add_key(provider=provider, label="ours", secret="sk-doctor-canary", by=None)
    yield
    Path(django_settings.DATA.path).chmod(0o700)


def examine(*options: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Run the command; return its exit status and what each check found, those with nothing left out."""
    out, status = io.StringIO(), 0
    try:
        call_command("doctor", "--json", *(options or ["--offline"]), stdout=out)
    except SystemExit as end:
        status = int(str(end.code))
    told = json.loads(out.getvalue())
    assert told["healthy"] is (status == 0)
    return status, {name: found for name, found in told["checks"].items() if found}


def only_finding(check: str, status: int = 1) -> str:
    """Examine: one thing is found, by this check."""
    told, found = examine()
    assert (told, list(found)) == (status, [check]), found
    assert len(found[check]) == 1, found
    assert found[check][0]["how"]
    return found[check][0]["what"]


def queue_one(cast: Cast) -> Generation:
    model = find_model("nano-banana-2", "mountsea")
    batch = queue_batch(
        project=cast.project, by=cast.contributor, model=model, input={"prompt": "a jetty"}, calls=1
    )
    return batch.generations.get()


def stored(name: str) -> Path:
    path = Path(django_settings.MEDIA_ROOT, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * 2_000_000)
    return path


@pytest.mark.usefixtures("healthy")
class TestDoctor:
    def test_a_healthy_installation_is_said_to_be(self) -> None:
        assert examine() == (0, {})
        out = io.StringIO()
        call_command("doctor", "--offline", stdout=out)
        assert out.getvalue().endswith("ok     Ledger\nAll is well.\n")
        assert "canary" not in out.getvalue()

    def test_what_is_wrong_is_said_in_words(self) -> None:
        Schedule.objects.filter(name="tidy").delete()
        out = io.StringIO()
        with pytest.raises(SystemExit, match="1"):
            call_command("doctor", "--offline", stdout=out)
        assert (
            "WRONG  Schedules\n       The schedule “tidy” is missing.\n         Run manage.py setup.\n"
            in (out.getvalue())
        )
        assert out.getvalue().endswith("Something is wrong: Schedules.\n")

    def test_settings(self, settings: Settings) -> None:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.gzip.GZipMiddleware"]
        assert "GZipMiddleware must not be used" in only_finding("Settings")

    def test_debug_on_a_network(self, settings: Settings) -> None:
        settings.DEBUG, settings.HOST, settings.PUBLIC_URL = True, "0.0.0.0", "https://studio.example.com"
        status, found = examine()
        assert status == 1
        assert "STUDIO_DEBUG is on" in json.dumps(found["Settings"])

    def test_secrets_that_others_can_read(self) -> None:
        Path(django_settings.DATA.path).chmod(0o755)
        assert only_finding("Secrets") == f"Others on this machine can read {django_settings.DATA.path}."

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks after its files itself")
    def test_a_damaged_database(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("UPDATE studio_apikey SET test_verdict = 'nonsense'")
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        assert only_finding("Database").startswith("The database file is damaged: CHECK constraint failed")

    def test_a_database_of_an_older_version(self) -> None:
        newest = MigrationRecorder.Migration.objects.filter(app="studio").order_by("-name")[0]
        newest.delete()
        assert only_finding("Database") == f"The database lacks 1 migration ({newest.name})."

    def test_a_clock_that_went_back(self, cast: Cast) -> None:
        generation = queue_one(cast)
        TimelineEntry.objects.filter(generation=generation).update(at=clock.now() + timedelta(hours=1))
        assert "which is still to come" in only_finding("Clocks")

    def test_silent_workers(self) -> None:
        silence("engine", for_s=3600)
        assert only_finding("Workers") == "The engine cluster has been silent for 3600 seconds."

    @pytest.mark.parametrize("has_lived", [True, False])
    def test_workers_that_are_only_just_being_started(self, *, has_lived: bool) -> None:
        silence("engine", for_s=3600)
        if not has_lived:
            NotedMoment.objects.filter(name="beat-engine").delete()
        note_start("engine")
        assert only_finding("Workers").startswith("The engine cluster is just starting, and has not")
        assert examine()[1]["Workers"][0]["how"] == "Look again in half a minute."
        NotedMoment.objects.filter(name="start-engine").update(at=clock.now() - timedelta(minutes=2))
        assert "starting" not in only_finding("Workers")
        note_start("engine")
        beat("engine")
        assert "Workers" not in examine()[1]

    def test_a_schedule_that_was_missed(self) -> None:
        Schedule.objects.filter(name="pump").update(next_run=clock.now() - timedelta(hours=1))
        assert only_finding("Schedules").startswith("The schedule “pump” should have run on ")

    def test_tasks_that_failed_are_a_note(self) -> None:
        now = clock.now()
        Failure.objects.create(
            id="a", name="a", func="studio.gallery.tasks.b", started=now, stopped=now, success=False
        )
        assert only_finding("Schedules", status=0) == "1 failed task within a day: b."

    def test_a_line_that_nobody_serves(self, cast: Cast) -> None:
        queue_one(cast)
        Generation.objects.update(next_action_at=clock.now() - timedelta(minutes=5))
        assert only_finding("Line").startswith("Nothing has gone out to Mountsea Hub")

    def test_an_unknown_outcome_is_a_note(self, cast: Cast) -> None:
        queue_one(cast)
        Generation.objects.update(status=Status.UNKNOWN, next_action_at=None)
        assert only_finding("Line", status=0).startswith("1 unknown outcome waiting for")

    def test_a_key_that_was_refused(self) -> None:
        ApiKey.objects.update(state=KeyState.UNAUTHORISED)
        assert (
            only_finding("API keys")
            == "The API key “ours (…nary)” of Mountsea Hub is refused by the provider."
        )

    def test_a_lost_encryption_key(self, settings: Settings) -> None:
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        status, found = examine()
        assert status == 1
        assert found["API keys"][0]["what"] == "No stored API key can be read."

    def test_what_waits_without_a_key(self, cast: Cast) -> None:
        queue_one(cast)
        ApiKey.objects.update(state=KeyState.PAUSED)
        assert only_finding("API keys") == "1 generation held up before Mountsea Hub."

    def test_a_full_disk(self, settings: Settings) -> None:
        settings.DISK_RESERVE_MB = 10**9
        status, found = examine()
        assert status == 1
        assert [one["what"].split(" (")[0] for one in found["Disks"]] == [
            "The disk of the images",
            "The disk of the database",
        ]

    def test_missing_files(self, cast: Cast) -> None:
        upload = Upload.objects.create(
            project=cast.project,
            author=cast.contributor,
            file="uploads/ab/abc.png",
            format="png",
            width=1,
            height=1,
            size_bytes=1,
        )
        path = stored(upload.file)
        assert examine() == (0, {})
        path.unlink()
        assert only_finding("Missing files") == "1 file missing: uploads/ab/abc.png."

    def test_a_missing_answer(self, cast: Cast) -> None:
        queue_one(cast)
        Generation.objects.update(status=Status.FETCHING, result_files=[{"file": "incoming/ab/abc.bin"}])
        assert only_finding("Missing files") == "1 file missing: incoming/ab/abc.bin."

    def test_orphaned_files_are_a_note(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stored("images/ab/abcdef.png")
        assert examine() == (0, {}), "what has just been written may be about to get its row"
        later = time.time() + 2 * 24 * 3600
        monkeypatch.setattr(time, "time", lambda: later)
        assert only_finding("Orphaned files", status=0) == "1 file (2 MB) of no row: images/ab/abcdef.png."

    def test_a_ledger_that_differs(self, cast: Cast) -> None:
        queue_one(cast)
        Counter.objects.filter(project=None, user=None).update(held_images=5)
        status, found = examine()
        assert status == 1
        assert "The counter of the team" in found["Ledger"][0]["what"]

    def test_a_check_that_breaks_stops_no_other(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE django_q_schedule RENAME TO elsewhere")
        Counter.objects.all().delete()
        status, found = examine()
        assert status == 1
        assert found["Schedules"][0]["what"].startswith("It couldn't be looked at (")


@pytest.mark.usefixtures("healthy")
def test_a_providers_clock(fake: FakeProvider) -> None:
    Provider.objects.filter(slug="mountsea").update(base_url=fake.url, allowed_hosts=[fake.host])
    assert examine("--json") == (0, {})
    fake.answer, fake.date = Answer(status=404), "Mon, 01 Jan 2024 10:00:00 GMT"
    status, found = examine("--json")
    assert status == 1
    assert found["Clocks of providers"][0]["what"].startswith(
        "The clock of this machine and that of Mountsea Hub"
    )


def test_the_companys_provider(provider: CompanyProvider) -> None:
    _, found = examine("--json")
    assert "Company's sign-in" not in found
    provider.faults.configuration = {"issuer": "https://elsewhere.example.com"}
    status, found = examine("--json")
    [finding] = found["Company's sign-in"]
    assert status == 1
    assert finding["what"].endswith("the issuer is not STUDIO_OIDC_URL.")
    provider.stop()
    [finding] = examine("--json")[1]["Company's sign-in"]
    assert finding["what"].startswith(
        f"Nobody can sign in through Acme ({provider.url}): The provider's server"
    )
