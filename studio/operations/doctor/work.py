"""Workers, their schedules, the line, and the API keys."""

from collections.abc import Iterator
from datetime import timedelta

from django_q.models import Failure, Schedule

from studio.catalog.models import Provider
from studio.generation.keyring import waiting_by_provider
from studio.generation.queries import count_undecided
from studio.keys.models import ApiKey, KeyState
from studio.keys.queries import encryption_problem, keys_to_mend, waiting_reason
from studio.kit import clock
from studio.operations.doctor.finding import Finding, many
from studio.operations.readiness import look_at_line, look_at_workers

SCHEDULES = ("prove_ledger", "pump", "read_listings", "tidy")
LATE = timedelta(minutes=15)
_START = "Start Studio (make run, or the service), or see in its log why the workers end."


def check_workers() -> Iterator[Finding]:
    """Both clusters give signs of life."""
    part = look_at_workers(clock.now())
    if part.reason:
        yield Finding(part.reason, "Look again in half a minute." if part.is_passing else _START)


def check_schedules() -> Iterator[Finding]:
    """What happens every minute and every night is planned, and was not missed."""
    now = clock.now()
    due = dict(Schedule.objects.filter(name__in=SCHEDULES).values_list("name", "next_run"))
    for name in SCHEDULES:
        if name not in due:
            yield Finding(f"The schedule “{name}” is missing.", "Run manage.py setup.")
        elif due[name] and now - due[name] > LATE:
            yield Finding(f"The schedule “{name}” should have run on {due[name]:%d %B at %H:%M} UTC.", _START)
    failed = Failure.objects.filter(stopped__gt=now - timedelta(days=1)).order_by("-stopped")
    if failed:
        names = ", ".join(sorted({str(one.func).rpartition(".")[2] for one in failed[:50]}))
        yield Finding(
            f"{many(len(failed), 'failed task')} within a day: {names}.",
            "The log has the reasons.",
            is_note=True,
        )


def check_line() -> Iterator[Finding]:
    """What could go out does, and what waits for a person is known."""
    part = look_at_line(clock.now())
    if part.reason:
        yield Finding(part.reason, "Restart Studio, and keep the log: this must not happen.")
    if count := count_undecided():
        yield Finding(
            f"{many(count, 'unknown outcome')} waiting for somebody's decision.",
            "Decide them under Admin › Jobs.",
            is_note=True,
        )


def check_keys() -> Iterator[Finding]:
    """Every API key can be read and is accepted; what waits for a provider has a key to go out with."""
    if problem := encryption_problem():
        yield Finding("No stored API key can be read.", problem)
        return
    for key in keys_to_mend():
        yield Finding(
            f"The API key “{key}” of {key.provider.name} is {_state(key)}.", "See Admin › API keys."
        )
    waiting = waiting_by_provider()
    for provider in Provider.objects.filter(id__in=waiting).order_by("name"):
        if reason := waiting_reason(provider):
            yield Finding(
                f"{many(waiting[provider.pk], 'generation')} held up before {provider.name}.", reason
            )


def _state(key: ApiKey) -> str:
    if key.is_stopped:
        return KeyState(key.state).label.lower()
    return "refused in its last test" if key.is_refused_in_test else "not to be read with this encryption key"
