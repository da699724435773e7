"""Times in buckets of a logarithmic scale: what a median or a 95th percentile is read from. No Django.

Twelve buckets to each factor of ten, so that a percentile is right within about ten percent; from a tenth of a
second to an hour and a half, the last one open.
"""

import math
from collections.abc import Mapping

FIRST_S = 0.1
PER_DECADE = 12
LAST = 57


def bucket_of(seconds: float) -> int:
    """Return the number of the bucket, 0 to LAST."""
    if seconds <= FIRST_S:
        return 0
    return min(LAST, math.floor(PER_DECADE * math.log10(seconds / FIRST_S)))


def middle_of(bucket: int) -> float:
    """Return the time, in seconds, that stands for a bucket: the geometric middle of its bounds."""
    return FIRST_S * float(10 ** ((bucket + 0.5) / PER_DECADE))


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time (in seconds) within which this share (0 to 1) lies; None where nothing was counted."""
    total = sum(counts.values())
    if not total:
        return None
    wanted, seen = share * total, 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= wanted:
            return middle_of(bucket)
    return None
