"""Filling an empty installation with months of believable work."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from studio.audit.actions import record
from studio.demo.making import AT_ONCE, Maker
from studio.demo.pictures import Pictures
from studio.demo.presses import DAYS, presses_of
from studio.demo.team import PROJECTS_OF_PERSON, Team, gather_team
from studio.generation.models import Generation
from studio.kit import clock
from studio.kit.errors import Conflict, Invalid
from studio.kit.money import MICROS
from studio.spending.limiting import set_limit
from studio.spending.models import Counter
from studio.spending.periods import Period, start_of
from studio.spending.scopes import TEAM, Scope
from studio.spending.verifying import sum_ledger

MOST_PEOPLE, MOST_GENERATIONS = 200, 1_000_000


def seed(
    *, people: int, generations: int, seed: int = 1, tell: Callable[[int], None] = lambda done: None
) -> Team:
    """Make three months of work by a team of so many people, in one transaction. `tell` hears how many are made.

    Raises Conflict where anything was generated already: invented money must never stand beside real money.
    """
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid(f"Between 1 and {MOST_PEOPLE} people.")
    if not 1 <= generations <= MOST_GENERATIONS:
        raise Invalid(f"Between 1 and {MOST_GENERATIONS:,} generations.")
    if Generation.objects.exists():
        raise Conflict(
            "This database has generations already. The demo needs one of its own: nothing was changed."
        )
    chance, until = random.Random(seed), clock.now()
    pictures = Pictures(chance)
    try:
        with transaction.atomic():
            return _fill(people, generations, until, pictures, chance, tell)
    finally:
        pictures.forget_sources()


def _fill(
    people: int,
    generations: int,
    until: datetime,
    pictures: Pictures,
    chance: random.Random,
    tell: Callable[[int], None],
) -> Team:
    team = gather_team(people, since=until - timedelta(days=DAYS + 1), until=until, chance=chance)
    maker = Maker(team, pictures, until, chance)
    done = 0
    for press in presses_of(team, generations, until=until, chance=chance):
        maker.add(press)
        before, done = done, done + len(press.calls)
        if done // AT_ONCE > before // AT_ONCE:
            tell(done)
    maker.finish()
    _count()
    _limit(team)
    details = {"people": people, "generations": generations}
    record(verb="demo.seeded", subject=team.people[0], by=None, details=dict(details))
    return team


def _count() -> None:
    """Write the counters from the ledger."""
    Counter.objects.bulk_create(
        Counter(
            project_id=key.scope.project_id,
            user_id=key.scope.user_id,
            period=key.period,
            starts_on=key.starts_on,
            **change._asdict(),
        )
        for key, change in sum_ledger().items()
        if any(change)
    )


def _limit(team: Team) -> None:
    """Set limits around what was spent last month, so that some are far, some near and one is reached."""
    admin = team.people[0]
    last_month = start_of(Period.MONTH, timezone.localdate()) - timedelta(days=1)
    spent = {
        Scope(counter.project_id, counter.user_id): counter.spent_micros
        for counter in Counter.objects.filter(
            period=Period.MONTH, starts_on=start_of(Period.MONTH, last_month)
        ).order_by("id")
    }
    projects = {project.pk for places in team.places.values() for project in places[:PROJECTS_OF_PERSON]}
    shares = {TEAM: 1.3} | {Scope(each): 1.5 for each in sorted(projects)[:6]}
    shares |= {
        Scope(None, person.pk): 0.9 + 0.2 * (place % 5) for place, person in enumerate(team.people[:20])
    }
    for scope, share in shares.items():
        dollars = max(5, round(spent.get(scope, 0) * share / MICROS / 5) * 5)
        set_limit(scope=scope, period=Period.MONTH, max_images=None, max_micros=dollars * MICROS, by=admin)
