"""Whether the engine lives: the pump's lease, and the last sign of life of each cluster of workers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from studio.generation.engine.durations import durations
from studio.generation.engine.leases import PUMP
from studio.generation.models import PumpLease
from studio.generation.queries import has_due_work
from studio.generation.receipt import seconds
from studio.generation.signs import CHORES, ENGINE, last_sign, patience
from studio.kit import clock

_CLUSTERS = {ENGINE: "Engine", CHORES: "Thumbnails and chores"}


@dataclass(frozen=True, slots=True)
class Lamp:
    """A part of the engine: its light, and what it last said."""

    name: str
    tone: str
    words: str


def lamps() -> list[Lamp]:
    """Return the pump and the clusters that have ever given a sign of life."""
    now = clock.now()
    pump = PumpLease.objects.filter(name=PUMP).first()
    return [_pump(pump, now), *(_cluster(name, last_sign(name), now) for name in _CLUSTERS)]


def _pump(lease: PumpLease | None, now: datetime) -> Lamp:
    if lease and lease.until and lease.until > now:
        renewed = now - (lease.until - timedelta(seconds=durations().pump_lease_s))
        return Lamp("Pump", "ok", f"holds the line, renewed {seconds(max(0.0, renewed.total_seconds()))} ago")
    if has_due_work(now):
        return Lamp("Pump", "warn", "work is due, and nobody holds the line yet")
    return Lamp("Pump", "ok", "sleeps: nothing is due")


def _cluster(name: str, sign: datetime | None, now: datetime) -> Lamp:
    label = _CLUSTERS[name]
    if sign is None:
        return Lamp(label, "", "no sign of life yet")
    silent = now - sign
    words = f"sign of life {seconds(max(0.0, silent.total_seconds()))} ago"
    return Lamp(label, "ok" if silent <= patience(name) else "bad", words)
