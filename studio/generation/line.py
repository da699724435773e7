"""The line before a provider: who is served next, and where in it a generation stands. The engine and the cards ask here.

Whoever has the least under way is next; among equals whoever was served the longest ago, then whose oldest
generation waits the longest. So the line goes in laps: in each, everybody has one generation more, counted with
what they have under way, and nobody's hundred generations stand before somebody's one. Whoever joins in a lap
goes first in it, since the others have been served in the lap before.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from studio.catalog.models import Provider
from studio.generation.models import Generation, Status
from studio.people.models import User

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands in the line: what waits, and what decides between them and others."""

    waiting: int
    under_way: int
    served_at: datetime
    oldest_id: int

    @property
    def precedence(self) -> tuple[datetime, int]:
        """The lower one goes first in a lap, among those who come to their n-th generation in it."""
        return self.served_at, self.oldest_id


@dataclass(frozen=True, slots=True)
class Place:
    """Where a generation stands, 1 being next; `own_ahead` of those before it are its author's own."""

    number: int
    own_ahead: int


def choose_next(line: QuerySet[Generation], provider: Provider, count: int) -> list[int]:
    """Return the ids of those that go out next, at most `count`."""
    turn = Window(RowNumber(), partition_by=F("author_id"), order_by=F("id").asc())
    near = line.annotate(turn=turn).filter(turn__lte=count)
    rows = list(near.order_by("id").values_list("id", "author_id", "turn"))
    if len(rows) <= count:
        return [id for id, _, _ in rows]
    waiting = Counter(author for _, author, _ in rows)
    oldest = {author: id for id, author, turn in rows if turn == 1}
    standings = _standings(waiting, oldest, provider)
    order = {
        id: (turn + standings[author].under_way, turn, standings[author].precedence)
        for id, author, turn in rows
    }
    return sorted(order, key=order.__getitem__)[:count]


def place_in(standings: Mapping[int, Standing], author_id: int, turn: int) -> Place:
    """Return the place of a person's `turn`-th waiting generation (from 1)."""
    own = standings[author_id]
    lap = turn + own.under_way
    ahead = turn - 1
    for other_id, other in standings.items():
        if other_id != author_id and (theirs := lap - other.under_way) > 0:
            is_before = (theirs, other.precedence) < (turn, own.precedence)
            ahead += min(other.waiting, theirs if is_before else theirs - 1)
    return Place(ahead + 1, turn - 1)


def places_in_line(queued: Collection[Generation], now: datetime) -> dict[int, Place]:
    """Return where these queued generations stand before their providers; those that wait for a time stand nowhere.

    Four queries for each provider. The line itself isn't read: only a count for each person, and what was
    queued between the first and the last of these.
    """
    provider_of = attrgetter("batch.model.provider")
    places: dict[int, Place] = {}
    for _, group in groupby(sorted(queued, key=lambda one: provider_of(one).pk), key=provider_of):
        places |= _places(list(group), now)
    return places


def line_before(provider: Provider, now: datetime) -> QuerySet[Generation]:
    """Return what waits for nothing but its turn."""
    # Said so that the index `generation_line` has it all: by the models' ids, and by what is not later than now.
    of_models = Generation.objects.filter(model__in=provider.models.order_by().values("id"))
    return of_models.filter(status=Status.QUEUED, next_action_at__isnull=False).exclude(
        next_action_at__gt=now
    )


def _places(queued: list[Generation], now: datetime) -> dict[int, Place]:
    provider, asked = queued[0].batch.model.provider, {one.pk for one in queued}
    line, first, last = line_before(provider, now), min(asked), max(asked)
    counts = {
        row["author_id"]: row
        for row in line.order_by()
        .values("author_id")
        .annotate(waiting=Count("id"), oldest=Min("id"), before=Count("id", filter=Q(id__lt=first)))
    }
    waiting = {author: row["waiting"] for author, row in counts.items()}
    oldest = {author: row["oldest"] for author, row in counts.items()}
    standings = _standings(waiting, oldest, provider)
    turns = Counter({author: row["before"] for author, row in counts.items()})
    between = line.filter(id__range=(first, last), author__in={one.author_id for one in queued})
    places = {}
    for id, author in between.order_by("id").values_list("id", "author_id"):
        turns[author] += 1
        if id in asked and author in standings:
            places[id] = place_in(standings, author, turns[author])
    return places


def _standings(
    waiting: Mapping[int, int], oldest: Mapping[int, int], provider: Provider
) -> dict[int, Standing]:
    """Put what waits beside what each person has under way and when they were served."""
    under_way, served = _under_way(provider), _last_served(waiting)
    return {
        author: Standing(count, under_way[author], served.get(author) or _NEVER, oldest[author])
        for author, count in waiting.items()
    }


def _under_way(provider: Provider) -> Counter[int]:
    """Count what everybody has at the provider now."""
    at_provider = Generation.objects.filter(
        key__in=provider.keys.all(),
        status__in=(Status.SUBMITTING, Status.RUNNING),
        next_action_at__isnull=False,
    )
    return Counter(at_provider.order_by().values_list("author_id", flat=True))


def _last_served(authors: Iterable[int]) -> dict[int, datetime | None]:
    """Return when something of each of these people was last sent: one look into the index for each."""
    sent = Generation.objects.filter(author=OuterRef("pk"), submitted_at__isnull=False).order_by(
        "-submitted_at"
    )
    people = User.objects.filter(id__in=list(authors)).annotate(
        served_at=Subquery(sent.values("submitted_at")[:1])
    )
    return dict(people.order_by("id").values_list("id", "served_at"))
