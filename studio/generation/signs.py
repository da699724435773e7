"""Signs of life of the two clusters of workers, and how long each may be silent before something is wrong."""

from datetime import datetime, timedelta

from django.conf import settings

from studio.generation.models import Generation
from studio.generation.moments import noted_at
from studio.generation.queries import is_pump_alive

ENGINE, CHORES = "engine", "chores"


def beat_name(cluster: str) -> str:
    """Return the name of the moment of a cluster's last sign of life."""
    return f"beat-{cluster}"


def start_name(cluster: str) -> str:
    """Return the name of the moment in which a supervisor last started a cluster."""
    return f"start-{cluster}"


def is_starting(cluster: str, now: datetime) -> bool:
    """Tell whether a supervisor has just started a cluster that hasn't come to its first sign of life since."""
    started_at = noted_at(start_name(cluster))
    if started_at is None or not timedelta() <= now - started_at < patience(ENGINE):
        return False
    sign = last_sign(cluster)
    return sign is None or sign < started_at


def last_sign(cluster: str) -> datetime | None:
    """Return when a cluster last answered; None when it never has."""
    return noted_at(beat_name(cluster))


def patience(cluster: str) -> timedelta:
    """Return how long a cluster may be silent. A chore may take its whole time on the one worker."""
    chore_s = settings.CHORE_TIMEOUT_S if cluster == CHORES else 0
    return timedelta(seconds=chore_s + settings.SILENT_S)


def is_renewing(now: datetime) -> bool:
    """Tell whether any slice or drain of the engine renews leases: then its workers live, and are busy."""
    return is_pump_alive(now) or Generation.objects.filter(lease_until__gt=now).exists()
