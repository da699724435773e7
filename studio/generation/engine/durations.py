"""All durations of the engine, in seconds, in one place. Tests divide them all by a factor."""

from dataclasses import dataclass, fields

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the engine works, waits and holds, in seconds."""

    slice_s: float = 300
    idle_s: float = 10
    scan_s: float = 0.2
    save_s: float = 0.01

    pump_lease_s: float = 15
    pump_renew_s: float = 5
    lease_s: float = 60
    lease_renew_s: float = 15

    submit_timeout_s: float = 60
    synchronous_timeout_s: float = 300
    resend_first_s: float = 2
    resend_longest_s: float = 120

    outage_first_s: float = 2
    outage_longest_s: float = 60
    return_every_s: float = 0.25
    return_s: float = 15

    poll_timeout_s: float = 20
    relearn_s: float = 10
    first_poll_s: float = 2
    poll_shortest_s: float = 0.7
    poll_longest_s: float = 10
    poll_share_s: float = 2
    run_deadline_s: float = 1800
    overdue_s: float = 60

    download_deadline_s: float = 120
    refetch_first_s: float = 1
    fetch_deadline_s: float = 600
    refetch_longest_s: float = 30
    no_room_s: float = 5

    def scaled(self, speed: float) -> "Durations":
        """Return the same durations divided by `speed`."""
        return Durations(**{field.name: getattr(self, field.name) / speed for field in fields(self)})


def durations() -> Durations:
    """Return the durations at the speed of the settings."""
    return Durations().scaled(settings.ENGINE_SPEED)
