"""Whatever happens in whatever order: sums are right, no limit is exceeded, each hold is closed at most once."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation import actions
from studio.generation.engine import outcomes
from studio.generation.models import Generation, Status
from studio.kit import clock
from studio.kit.errors import StudioError
from studio.kit.images import ImageFacts
from studio.people.models import User
from studio.projects.models import Project
from studio.providers.types import Problem
from studio.spending.counting import gathered
from studio.spending.limits import read_limits
from studio.spending.models import Hold, HoldState, LedgerEntry, Price, Quota
from studio.spending.periods import Period
from studio.spending.scopes import Scope
from studio.spending.verifying import find_differences
from tests.cast import Cast

OWNER = "the pump"
PROBLEM = Problem("It went wrong.", code="some_code")
SENT = (Status.SUBMITTING, Status.RUNNING)
FITTING = {
    "send": [Status.QUEUED],
    "accept": [Status.SUBMITTING],
    "succeed": [Status.RUNNING],
    "fail": [Status.RUNNING],
    "refuse": [Status.SUBMITTING],
    "requeue": [Status.SUBMITTING],
    "cancel": [*SENT, Status.QUEUED],
    "lose": [*SENT],
    "check": [Status.UNKNOWN],
    "discard": [Status.UNKNOWN],
    "again": [Status.UNKNOWN],
}
DEEDS = ["submit", *FITTING]
STEP = st.tuples(st.sampled_from(DEEDS), st.integers(0, 9), st.integers(1, 3))
CHANGE = st.tuples(st.sampled_from(["price", "quota"]), st.integers(0, 9), st.integers(0, 6))


@dataclass
class World:
    """What the steps act on; each does nothing where it doesn't fit."""

    cast: Cast
    made: int = 0

    def places(self, number: int) -> tuple[Project, User]:
        return (
            (self.cast.project, self.cast.team_project)[number % 2],
            (self.cast.contributor, self.cast.manager, self.cast.admin)[number % 3],
        )

    def step(self, deed: str, number: int, amount: int) -> None:
        if deed == "submit":
            project, person = self.places(number)
            actions.queue_batch(
                project=project,
                by=person,
                model=find_model("nano-banana-2", "mountsea"),
                input={"prompt": "A lake", "num_images": amount},
                calls=1 + number % 2,
            )
        elif deed == "price":
            rates = [{"image_micros": amount * 1000, "when": {}, "references_from": 0}] if amount else []
            model = find_model("nano-banana-2", "mountsea")
            Price.objects.create(model=model, valid_from=timezone.localdate(), rates=rates)
        elif deed == "quota":
            project, person = self.places(number)
            scope = {0: {}, 1: {"project": project}, 2: {"user": person}}.get(
                number % 4, {"project": project, "user": person}
            )
            most = {"max_images": amount * 3, "max_micros": amount * 5000 if amount % 2 else None}
            Quota.objects.update_or_create(
                **{"project": None, "user": None, **scope},
                period=Period.values[number % 3],
                defaults=most,
            )
        else:
            rows = list(Generation.objects.filter(status__in=FITTING[deed]).order_by("id"))
            if rows:
                self.live(rows[number % len(rows)], deed, amount)

    def live(self, row: Generation, deed: str, amount: int) -> None:
        at, person = clock.now(), row.author
        if deed == "send":
            Generation.objects.filter(pk=row.pk).update(
                status=Status.SUBMITTING, lease_owner=OWNER, submitted_at=at
            )
        elif deed == "accept":
            deadline = at + timedelta(minutes=9)
            outcomes.accepted(row, OWNER, at, task_id=f"task-{row.pk}", deadline_at=deadline)
        elif deed == "succeed":
            Generation.objects.filter(pk=row.pk).update(status=Status.FETCHING, lease_owner=OWNER)
            outcomes.stored(row, OWNER, at, files=self.files(amount), made=amount, problem="")
        elif deed == "fail":
            Generation.objects.filter(pk=row.pk).update(lease_owner=OWNER)
            outcomes.provider_failed(row, OWNER, at, problem=PROBLEM, is_charged=amount == 1)
        elif deed == "refuse":
            outcomes.refused(row, OWNER, at, problem=PROBLEM)
        elif deed == "requeue":
            outcomes.requeued(row, OWNER, at, problem=PROBLEM, wait_s=1)
        elif deed == "lose":
            outcomes.maybe_accepted(row, None, at, problem=PROBLEM, sources=SENT)
        else:
            verbs = {"cancel": actions.cancel, "check": actions.check_again, "discard": actions.discard}
            verbs.get(deed, actions.send_again)(generation=row, by=person)

    def files(self, count: int) -> list[outcomes.StoredFile]:
        self.made += count
        facts = ImageFacts(format="png", width=8, height=8)
        names = [f"images/aa/{self.made - place}.png" for place in range(count)]
        return [outcomes.StoredFile(name, facts, 9, "0" * 64) for name in names]


@pytest.mark.django_db
@pytest.mark.timeout(300)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(STEP, STEP, STEP, CHANGE), min_size=10, max_size=60))
def test_the_ledger_survives_any_order_of_events(cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        install_catalog()
        world = World(cast)
        for deed, number, amount in steps:
            before = over_limit(cast)
            try:
                with transaction.atomic(), gathered():
                    world.step(deed, number, amount)
            except StudioError:
                pass
            # What was lowered may be exceeded already, but nothing new may exceed it further.
            if deed in ("submit", "again"):
                assert over_limit(cast) <= before
        assert find_differences() == []
        held = Hold.objects.filter(state__in=(HoldState.OPEN, HoldState.KEPT))
        unfinished = Generation.objects.exclude(finished_at__isnull=False)
        assert set(held.values_list("pk", flat=True)) == set(unfinished.values_list("hold", flat=True))
        spent = LedgerEntry.objects.filter(kind="settled").aggregate(sum=Sum("cost_micros"))["sum"] or 0
        assert spent == sum(limit.spent for limit in team_money())
        transaction.set_rollback(True)


def over_limit(cast: Cast) -> set[tuple[int, str]]:
    scopes = [Scope()]
    for project in (cast.project, cast.team_project):
        for person in (cast.contributor, cast.manager, cast.admin):
            scopes += [Scope(project.pk), Scope(None, person.pk), Scope(project.pk, person.pk)]
    return {(limit.quota_id, limit.unit) for limit in read_limits(scopes) if limit.used > limit.allowed}


def team_money() -> list[object]:
    """The team's money of all time, read through a limit that nobody reaches."""
    Quota.objects.update_or_create(
        project=None, user=None, period=Period.TOTAL, defaults={"max_images": None, "max_micros": 10**15}
    )
    return read_limits([Scope()])[-1:]
