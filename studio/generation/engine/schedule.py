"""When to ask and when to try again: pure functions of age and count."""

import random

from studio.generation.engine.durations import Durations
from studio.generation.usual import Usual

FIRST_POLL_AT = 0.95  # of the time in which a tenth are ready
POLL_EVERY = 0.06  # of the generation's age
POLL_EVERY_EXPECTED = 0.02  # the same while it is about to be ready
OVERDUE_AT = 1.25  # of the usual time, the median
JITTER = 0.1


def poll_delay_s(age_s: float, usual: Usual | None, durations: Durations, asked: int = 0) -> float:
    """Return how long to wait before the next poll of a generation of this age, after `asked` polls.

    The first poll comes a little before the time in which a tenth are ready (or early, while that is not known), then
    every 2 % of the age until it is overdue, and every 6 % otherwise, within bounds, and never more often than one per
    `poll_share_s` of the whole life. With jitter, so that a batch doesn't ask in one breath; the first poll is only
    ever earlier by it. What becomes quicker than it was is found at its first poll, so what is usual follows it down.
    """
    first_s = FIRST_POLL_AT * usual.p10_s if usual else durations.first_poll_s
    if not asked and age_s < first_s:
        return max(first_s * random.uniform(1 - JITTER / 2, 1) - age_s, durations.poll_shortest_s)
    share = POLL_EVERY_EXPECTED if usual and age_s < OVERDUE_AT * usual.p50_s else POLL_EVERY
    wait_s = min(max(share * age_s, durations.poll_shortest_s), durations.poll_longest_s)
    wait_s = max(wait_s, (asked + 1) * durations.poll_share_s - age_s)
    return wait_s * random.uniform(1, 1 + JITTER)


def backoff_s(tries: int, first_s: float, longest_s: float) -> float:
    """Return an exponential pause with jitter after so many tries (1 is the first)."""
    pause_s = min(first_s * 2.0 ** min(tries - 1, 20), longest_s)
    return pause_s * random.uniform(0.8, 1.2)
