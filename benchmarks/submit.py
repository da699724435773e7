"""One press of the button, through the page's own POST: without a limit, and held against all four levels of them."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.figures import Figure
from benchmarks.inside import READER, counted_queries, repeated
from benchmarks.pages import run_inside

MODEL = "mountsea:nano-banana-2"
PRICE_MICROS = 1_000
LARGE = 10**9
MOST_RATIO = 1.5


def measure(folder: Path) -> list[Figure]:
    """Press without limits, then with a limit in images and in money on each level, a day, a month and in total."""
    run = run_inside(folder / "submit", "submit")
    free, limited = run["free"], run["limited"]
    return [
        Figure("press, no limit", free["median_ms"], "ms", note=_note(free)),
        Figure("press, limits on four levels", limited["median_ms"], "ms", note=_note(limited)),
        Figure(
            "with limits : without",
            limited["cpu_ms"] / free["cpu_ms"],
            "×",
            MOST_RATIO,
            note="processor time",
        ),
        Figure("queries that limits add", limited["queries"] - free["queries"], ""),
    ]


def _note(look: dict[str, Any]) -> str:
    return f"processor {look['cpu_ms']:.0f} ms · {look['queries']} queries"


def look_at_submit() -> dict[str, Any]:
    """Inside: set a price, press, set all limits, press again."""
    from django.test import Client
    from django.utils import timezone

    from studio.catalog.queries import find_model
    from studio.people.models import User
    from studio.projects.models import Project
    from studio.spending.prices import Rate
    from studio.spending.pricing import set_price

    admin = User.objects.create_user(READER, role="admin")
    project = Project.objects.create(name="Spring", slug="spring")
    provider, _, slug = MODEL.partition(":")
    model = find_model(slug, provider)
    set_price(model=model, rates=[Rate(PRICE_MICROS)], valid_from=timezone.localdate(), by=admin)
    client = Client(headers={"Host": "localhost", "HX-Request": "true"})
    client.force_login(admin)
    free = _pressed("free", client)
    _limit_everything(project, admin)
    return {"free": free, "limited": _pressed("limited", client)}


def _pressed(name: str, client: Any) -> dict[str, Any]:
    press = _presser(client)
    press()
    with counted_queries() as queries:
        press()
    return asdict(replace(repeated(name, press), queries=len(queries)))


def _presser(client: Any) -> Callable[[], int]:
    def press() -> int:
        sent = {"model": MODEL, "in-prompt": "Misty ridges at dusk", "press": str(uuid4())}
        response = client.post("/p/spring/generate", sent)
        if response.status_code != 200:
            raise SystemExit(f"The press was answered with {response.status_code}.")
        return len(response.content)

    return press


def _limit_everything(project: Any, person: Any) -> None:
    from studio.spending.limiting import set_limit
    from studio.spending.periods import Period
    from studio.spending.scopes import TEAM, Scope

    for scope in (TEAM, Scope(project.pk, None), Scope(None, person.pk), Scope(project.pk, person.pk)):
        for period in Period:
            set_limit(scope=scope, period=period, max_images=LARGE, max_micros=LARGE, by=person)
