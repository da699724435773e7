"""The usage page over a team's three months, beside the same figures added up from every single row, in one process."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, percentile
from benchmarks.inside import repeated, visit
from benchmarks.pages import run_inside

COUNT = 200_000
MOST_MS, MOST_SEED_S = 300.0, 120.0
PEOPLE = 50
LEAST_RATIO = 3.0


def measure(folder: Path, count: int = COUNT) -> list[Figure]:
    """Seed so many generations in an installation of their own and look at their figures."""
    run = run_inside(folder / "usage", "usage", str(count))
    note = f"processor {run['seeded_cpu_s']:.0f} s"
    figures = [Figure(f"seed_demo, {count:,}", run["seeded_s"], "s", MOST_SEED_S, note=note)]
    figures += [
        Figure(look["name"], look["median_ms"], "ms", MOST_MS, note=_note(look)) for look in run["pages"]
    ]
    naive, page = run["naive"], next(look for look in run["pages"] if look["name"] == "usage, 90 days")
    note = f"processor {naive['cpu_ms']:.0f} ms; queries alone, no page"
    figures.append(Figure("naive: the figures of 90 days from raw rows", naive["median_ms"], "ms", note=note))
    ratio = naive["cpu_ms"] / page["cpu_ms"]
    return [
        *figures,
        Figure(
            "naive queries : our whole page", ratio, "×", LEAST_RATIO, is_floor=True, note="processor time"
        ),
    ]


def _note(look: dict[str, Any]) -> str:
    kilobytes = look["compressed"] / 1000
    return f"processor {look['cpu_ms']:.0f} ms · {look['queries']} queries · {kilobytes:.0f} kB compressed"


def look_at_usage(count: int) -> dict[str, Any]:
    """Inside: seed, open the pages, and ask for the same in the naive way."""
    from django.test import Client

    from studio.demo.actions import seed
    from studio.people.models import User

    began, cpu = time.monotonic(), time.process_time()
    seed(people=PEOPLE, generations=count)
    seeded_s, seeded_cpu_s = time.monotonic() - began, time.process_time() - cpu
    client = Client(headers={"Host": "localhost", "Accept-Encoding": "gzip"})
    admin = User.objects.get(role="admin", email__endswith="@example.com")
    client.force_login(admin)
    return {
        "seeded_s": seeded_s,
        "seeded_cpu_s": seeded_cpu_s,
        "pages": [asdict(visit(client, name, address)) for name, address in _addresses()],
        "naive": asdict(repeated("naive", _naive_figures, times=1)),
    }


def _addresses() -> Iterator[tuple[str, str]]:
    from studio.generation.models import Generation

    generations = Generation.objects.order_by("id")
    some = generations[generations.count() // 2]
    yield "usage, 24 hours", "/admin/usage/?period=24h"
    yield "usage, 30 days", "/admin/usage/"
    yield "usage, 90 days", "/admin/usage/?period=90d"
    yield (
        "usage, 90 days of a project and a model",
        f"/admin/usage/?period=90d&project={some.project_id}&model={some.model_id}",
    )
    yield "usage, one's own", "/usage/?period=90d"
    yield "generations, 90 days", "/admin/usage/generations/?period=90d"
    yield "generations, deep", f"/admin/usage/generations/?period=90d&before={some.pk}"
    yield "generations of one reason", "/admin/usage/generations/?period=90d&state=failed&reason=undelivered"


def _naive_figures() -> int:
    """Ask for what the page of 90 days shows as one writes it first: aggregates over generations and ledger."""
    return sum(ask() for ask in _naive_questions())


def _naive_questions() -> Iterator[Callable[[], int]]:
    from django.db.models import Count, F, Sum
    from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncDate
    from django.utils import timezone

    from studio.generation.models import Generation
    from studio.spending.models import LedgerEntry

    since = timezone.now() - timedelta(days=90)
    settled = LedgerEntry.objects.filter(kind="settled", hold__created_at__gte=since).order_by()
    made = Generation.objects.filter(created_at__gte=since).order_by()
    sums = (Sum("images"), Sum("cost_micros"))
    day = TruncDate("hold__created_at")
    week = {"weekday": ExtractIsoWeekDay("hold__created_at"), "hour": ExtractHour("hold__created_at")}
    yield lambda: len(settled.annotate(on=day).values_list("on", "hold__model").annotate(*sums))
    yield lambda: len(made.values_list("status").annotate(Count("pk")))
    yield lambda: len(settled.values_list("hold__project").annotate(*sums))
    yield lambda: len(settled.values_list("hold__user").annotate(*sums))
    yield lambda: len(made.filter(status="failed").values_list("problem_code").annotate(Count("pk")))
    yield lambda: len(settled.annotate(**week).values_list("weekday", "hour").annotate(Sum("images")))
    done = made.filter(status="succeeded").annotate(took=F("finished_at") - F("submitted_at"))
    yield lambda: int(_median_and_p95([took.total_seconds() for took in done.values_list("took", flat=True)]))


def _median_and_p95(seconds: list[float]) -> float:
    return (percentile(seconds, 50) or 0) + (percentile(seconds, 95) or 0)
