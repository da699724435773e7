"""When to ask and when to try again: pure functions of age and count."""

import random

from studio.generation.engine.durations import Durations

FIRST_POLL_AT = 0.8  # of the usual time, the median
POLL_EVERY = 0.06  # of the generation's age
POLL_EVERY_EXPECTED = 0.025  # the same while it is about to be ready
OVERDUE_AT = 1.25  # of the usual time
JITTER = 0.1


def poll_delay_s(age_s: float, usual_s: float | None, durations: Durations, asked: int = 0) -> float:
    """Return how long to wait before the next poll of a generation of this age, after `asked` polls.

    The first poll comes at 0.8 times the model's usual time (or early, while that is not known), then every
    2.5 % of the age until it is overdue, and every 6 % otherwise, within bounds, and never more often than one per
    `poll_share_s` of the whole life. With jitter, so that a batch doesn't ask in one breath.
    """
    first_s = FIRST_POLL_AT * usual_s if usual_s else durations.first_poll_s
    if age_s < first_s:
        wait_s = first_s - age_s
    else:
        share = POLL_EVERY_EXPECTED if usual_s and age_s < OVERDUE_AT * usual_s else POLL_EVERY
        wait_s = min(max(share * age_s, durations.poll_shortest_s), durations.poll_longest_s)
        wait_s = max(wait_s, (asked + 1) * durations.poll_share_s - age_s)
    return wait_s * random.uniform(1, 1 + JITTER)


def backoff_s(tries: int, first_s: float, longest_s: float) -> float:
    """Return an exponential pause with jitter after so many tries (1 is the first)."""
    pause_s = min(first_s * 2.0 ** min(tries - 1, 20), longest_s)
    return pause_s * random.uniform(0.8, 1.2)
