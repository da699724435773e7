"""What the demo's team pressed in three months, and how each call went: by chance, but the same for the same seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, islice

from django.utils import timezone

from studio.demo.team import Offer, Team
from studio.generation.models import Status
from studio.people.models import User
from studio.projects.models import Project

DAYS = 90
# How busy a team is: from Monday to Sunday, and in each hour of the day.
OF_WEEKDAY = (1.0, 1.15, 1.2, 1.1, 0.9, 0.2, 0.12)
OF_HOUR = (1, 1, 0, 0, 0, 1, 3, 8, 30, 62, 78, 70, 38, 55, 80, 84, 72, 48, 22, 12, 9, 8, 5, 2)
LONGEST_SESSION = 12
CALLS, CALLS_WEIGHTS = (1, 2, 4), (5, 3, 2)
IMAGES, IMAGES_WEIGHTS = (1, 2, 4), (12, 2, 1)
WORDS = (
    ("misty", "golden", "quiet", "neon", "pastel", "stormy", "layered", "minimal", "soft", "bold"),
    (
        "ridges",
        "harbour",
        "portrait",
        "bottle",
        "dunes",
        "city street",
        "poster",
        "aurora",
        "perfume",
        "lake",
    ),
    ("at dusk", "in winter", "over the sea", "on linen", "under a red moon", "in the rain", "from above"),
    ("35 mm photograph", "editorial light", "studio light", "wide shot", "close-up", "film grain"),
)
# One call in so many: ends like this.
UNKNOWN_DAYS, UNKNOWN_SHARE = 6, 0.003
CANCELLED_SHARE, FAILED_SHARE, SHORT_SHARE = 0.012, 0.045, 0.004


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed. `was_charged` says that the provider took money though nothing came."""

    code: str
    sentence: str
    weight: int
    was_charged: bool = False


FAILURES = (
    Failure("content_policy", "The provider refused this prompt: it breaks its content policy.", 50),
    Failure("overloaded", "The provider gave up: it was overloaded.", 24),
    Failure("timeout", "The provider did not finish in time.", 14),
    Failure("invalid_image", "The provider can’t read the reference image.", 8),
    Failure("no_image", "The provider finished without an image. It may have charged for it.", 5, True),
    Failure("undelivered", "The images could not be fetched from the provider.", 3, True),
)


@dataclass(frozen=True, slots=True)
class Call:
    """How one call went. `made` is what was charged, `stored` what arrived; `seconds` is from sending to the end."""

    status: Status
    asked: int
    made: int
    stored: int
    waited_s: float
    seconds: float
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """One press of the button by somebody in a project."""

    at: datetime
    person: User
    project: Project
    offer: Offer
    prompt: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """Half an hour or so in which somebody works on one thing. `sizes` are the calls of each press."""

    at: datetime
    sizes: tuple[int, ...]


def presses_of(team: Team, count: int, *, until: datetime, chance: random.Random) -> Iterator[Press]:
    """Yield presses that make `count` calls together, session after session, the oldest first."""
    people = list(accumulate(1 / (rank + 3) for rank in range(len(team.people))))
    offers = list(accumulate(1 / (rank + 1) for rank in range(len(team.offers))))
    for session in _sessions(count, until, chance):
        person = chance.choices(team.people, cum_weights=people)[0]
        project = chance.choices(team.places[person.pk], weights=(8, 4, 2, 1))[0]
        rank = chance.choices(range(len(team.offers)), cum_weights=offers)[0]
        asked = chance.choices(IMAGES, IMAGES_WEIGHTS)[0]
        is_recent = until - session.at < timedelta(days=UNKNOWN_DAYS)
        for place, size in enumerate(session.sizes):
            yield Press(
                at=session.at + timedelta(seconds=150 * place + chance.uniform(0, 120)),
                person=person,
                project=project,
                offer=team.offers[rank],
                prompt=", ".join(chance.choice(words) for words in WORDS),
                calls=tuple(_call(asked, rank, is_recent=is_recent, chance=chance) for _ in range(size)),
            )


def _sessions(count: int, until: datetime, chance: random.Random) -> Iterator[Session]:
    sizes = list(_sizes(count, chance))
    lengths, presses = [], 0
    while presses < len(sizes):
        lengths.append(chance.randint(1, LONGEST_SESSION))
        presses += lengths[-1]
    left = iter(sizes)
    for at, length in zip(_moments(len(lengths), until, chance), lengths, strict=True):
        yield Session(at, tuple(islice(left, length)))


def _sizes(count: int, chance: random.Random) -> Iterator[int]:
    while count > 0:
        size = min(count, chance.choices(CALLS, CALLS_WEIGHTS)[0])
        yield size
        count -= size


def _moments(count: int, until: datetime, chance: random.Random) -> list[datetime]:
    """Return moments of the last three months, more of them in working hours and as the team gets used to it."""
    midnight = timezone.localtime(until).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=back) for back in range(DAYS, -1, -1)]
    busy = [
        OF_WEEKDAY[day.weekday()] * chance.uniform(0.75, 1.25) * (0.6 + place / DAYS)
        for place, day in enumerate(days)
    ]
    # The last hour stays free, so that what was pressed has ended by now.
    latest = until - timedelta(hours=1)
    moments: list[datetime] = []
    while len(moments) < count:
        some = _some_moments(count - len(moments), days, busy, chance)
        moments += [moment for moment in some if moment <= latest]
    return sorted(moments)


def _some_moments(
    count: int, days: Sequence[datetime], busy: Sequence[float], chance: random.Random
) -> Iterator[datetime]:
    chosen = chance.choices(days, cum_weights=list(accumulate(busy)), k=count)
    hours = chance.choices(range(24), weights=OF_HOUR, k=count)
    for day, hour in zip(chosen, hours, strict=True):
        yield day + timedelta(hours=hour, seconds=chance.random() * 3600)


def _call(asked: int, rank: int, *, is_recent: bool, chance: random.Random) -> Call:
    waited_s = 0.3 + chance.expovariate(1.2)
    seconds = (6 + 4 * (rank % 4)) * chance.lognormvariate(0, 0.35)
    end = chance.random()
    if is_recent and end > 1 - UNKNOWN_SHARE:
        return Call(Status.UNKNOWN, asked, 0, 0, waited_s, seconds)
    if end < CANCELLED_SHARE:
        return Call(Status.CANCELLED, asked, 0, 0, waited_s, 0)
    if end < CANCELLED_SHARE + FAILED_SHARE:
        failure = chance.choices(FAILURES, [each.weight for each in FAILURES])[0]
        made = asked if failure.was_charged else 0
        return Call(Status.FAILED, asked, made, 0, waited_s, seconds * 2, failure)
    made = asked - 1 if asked > 1 and chance.random() < SHORT_SHARE else asked
    return Call(Status.SUCCEEDED, asked, made, made, waited_s, seconds)
