"""What stands behind each figure of a usage page: the list that it leads to adds up to it, send by send."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.demo.actions import seed
from studio.generation import actions
from studio.generation.engine import outcomes
from studio.generation.models import Generation, Status
from studio.keys.actions import ensure_sandbox_keys
from studio.keys.models import ApiKey
from studio.kit import clock
from studio.kit.money import read_dollars, rounded_dollars
from studio.people.models import User
from studio.providers.types import Problem
from studio.spending import actions as spending
from studio.spending.counting import Change, Outcome, gathered
from studio.spending.models import Hold, Quota
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.cast import Cast
from tests.factories import ProjectFactory

PAGE = "/admin/usage/"
LIST = f"{PAGE}generations/"
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns")
IMAGES, COST = 5, 7
# Of the figures of a page, so many: each list is one or two pages more.
LOOKED_AT = 14
# How the title of a bar of nothing ends.
NOTHING = (": 0", ": $0.00")


@dataclass(frozen=True)
class Listed:
    """A list's rows, added up."""

    count: int
    images: int
    micros: int

    def says(self, value: str) -> bool:
        return value in (f"{self.images:,}", rounded_dollars(self.micros))


def look(client: StrictClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return parse(answer.content.decode())


def rows_of(client: StrictClient, address: str) -> list[list[str]]:
    """Return all rows of a list, page after page, as the text of their cells."""
    rows: list[list[str]] = []
    following: str | None = address
    while following:
        page = look(client, following)
        rows += [[cell.text().strip() for cell in row.find_all("td")] for row in page.find_all("tbody tr")]
        older = page.find(".usage-more a")
        following = f"{urlsplit(address).path}{older.attrs['href']}" if older else None
    return rows


def listed(client: StrictClient, address: str) -> Listed:
    rows = rows_of(client, address)
    costs = [row[COST] for row in rows if row[COST].startswith("$") and "held" not in row[COST]]
    return Listed(len(rows), sum(int(row[IMAGES]) for row in rows), sum(map(read_dollars, costs)))


def figures(page: Element) -> Iterator[tuple[str, str]]:
    """Yield each link from a figure to its list, with the figure."""
    for row in page.find_all(".hbars li"):
        link, value = row.find("a"), row.find(".num")
        assert link, f"{row.text()} leads nowhere"
        assert value
        yield str(link.attrs["href"]), value.text()
    for row in page.find_all(".usage-people tbody tr"):
        for cell in row.find_all("td")[1:3]:
            yield str(row.find("a").attrs["href"]), cell.text()  # type: ignore[union-attr]
    for line in page.find_all(".twin tbody tr"):
        cells, href = line.find_all("td"), str(line.find("a").attrs["href"])  # type: ignore[union-attr]
        is_month = len(cells) == 2 and cells[0].text().startswith("$") and cells[1].text().startswith("$")
        yield href, cells[0 if is_month else -1].text()


def assert_explained(client: StrictClient, address: str) -> None:
    """Every figure of a page is the sum of the list behind it, and every bar of a plot leads where its line does."""
    page = look(client, address)
    found = list(figures(page))
    assert found
    plotted = {
        str(bar.attrs["href"]) for bar in page.find_all(".chart a") if not bar.text().endswith(NOTHING)
    }
    assert plotted <= {href for href, _ in found}
    lists: dict[str, Listed] = {}
    for href, value in random.Random(7).sample(found, min(LOOKED_AT, len(found))):
        behind = lists.setdefault(href, listed(client, href))
        if "reason" in parse_qs(urlsplit(href).query):
            assert f"{behind.count:,}" == value, href
        else:
            assert behind.says(value), (href, value, behind)
    failed = sum(int(value.replace(",", "")) for href, value in found if "reason=" in href)
    assert f"{failed:,} failed" in page.text() or not failed


@pytest.fixture
def model(cast: Cast) -> ImageModel:
    install_catalog()
    ensure_sandbox_keys()
    return find_model("nano-banana-2", "mountsea")


def lose(cast: Cast, model: ImageModel, held_at: datetime) -> Generation:
    """Make a generation of which nobody knows whether the provider has it, held at some time."""
    batch = actions.queue_batch(
        project=cast.project, by=cast.contributor, model=model, input={"prompt": "A lake"}
    )
    generation = batch.generations.get()
    key = ApiKey.objects.filter(provider=model.provider_id).order_by("id")[0]
    Generation.objects.filter(pk=generation.pk).update(
        status=Status.SUBMITTING, key=key, submitted_at=clock.now()
    )
    _hold_at(Hold.objects.get(pk=generation.hold_id), held_at)
    generation.refresh_from_db()
    problem = Problem("The provider did not answer in time.", code="timeout")
    assert outcomes.maybe_accepted(
        generation, None, clock.now(), problem=problem, sources=(Status.SUBMITTING,)
    )
    return Generation.objects.get(pk=generation.pk)


def _hold_at(hold: Hold, at: datetime) -> None:
    """Write a hold as of another time, with its counters."""
    change = Change(held_images=hold.images, held_micros=hold.cost_micros or 0)
    with transaction.atomic(), gathered() as book:
        book.count(hold, Change(*(-amount for amount in change)))
        hold.created_at, hold.day = at, timezone.localtime(at).date()
        hold.save(update_fields=["created_at", "day"])
        book.count(hold, change)


def at_the_edges() -> Iterator[datetime]:
    """Yield moments a quarter of an hour apart: around the team's midnight of two days ago, and some hours ago."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    for begin in (midnight, clock.now().replace(minute=0, second=0) - timedelta(hours=5)):
        yield from (begin + timedelta(minutes=15 * n) for n in range(-6, 6))


@pytest.mark.parametrize("zone", ZONES)
def test_every_figure_is_the_sum_of_the_list_behind_it(cast: Cast, model: ImageModel, zone: str) -> None:
    with override_settings(TIME_ZONE=zone):
        seed(people=3, generations=60, seed=5)
        Quota.objects.all().delete()
        decide = [actions.discard, actions.mark_not_charged, actions.send_again]
        for place, held_at in enumerate(at_the_edges()):
            lost = lose(cast, model, held_at)
            by: User = cast.admin if place % 2 else cast.manager
            if decide[place % 3] is actions.mark_not_charged:
                by = cast.admin
            decide[place % 3](generation=lost, by=by)
        # Queues and databases take their time: what is written first isn't what is held first.
        Generation.objects.filter(pk__lt=20).update(created_at=clock.now() - timedelta(days=33))
        client = cast.client(cast.admin)
        key = ApiKey.objects.filter(provider=model.provider_id).order_by("id")[0]
        for asked in (
            "period=90d&show=images",
            f"period=7d&key={key.pk}",
            f"period=7d&user={cast.contributor.pk}",
            f"period=24h&model={model.entry_id}&show=images",
        ):
            assert_explained(client, f"{PAGE}?{asked}")


def test_what_a_bar_of_an_hour_leads_to_stays_there_on_every_page(cast: Cast, model: ImageModel) -> None:
    with override_settings(TIME_ZONE="Asia/Kathmandu"):
        lost = lose(cast, model, clock.now().replace(minute=5))
        actions.discard(generation=lost, by=cast.manager)
        client = cast.client(cast.admin)
        page = look(client, f"{PAGE}?period=24h&show=images")
        bar = next(each for each in page.find_all(".chart a") if each.text().strip().endswith(": 1"))
        behind = look(client, str(bar.attrs["href"]))
        at = timezone.localtime(clock.now().replace(minute=0))
        assert f"{at:%H}:45: 1" in bar.text()
        assert f"{at:%H}:45 – {at + timedelta(hours=1):%H}:45" in behind.find(".page-head p").text()
        back = look(client, str(behind.find(".page-head a").attrs["href"]))
        assert back.find_all(".kpi .big")[1].text() == "1"


def test_the_bars_of_24_hours_begin_with_the_oldest_and_end_with_the_one_that_runs(
    cast: Cast, model: ImageModel
) -> None:
    for hours in (0, 23):
        lost = lose(cast, model, clock.now().replace(minute=5) - timedelta(hours=hours))
        actions.discard(generation=lost, by=cast.manager)
    page = look(cast.client(cast.admin), f"{PAGE}?period=24h&show=images")
    chart = page.find(".chart")
    assert chart
    made = [bar.text().strip().endswith(": 1") for bar in chart.find_all("a")]
    assert (len(made), sum(made), made[0], made[-1]) == (24, 2, True, True)


def test_the_bars_of_weeks_begin_with_the_first_day_whichever_of_the_week(
    cast: Cast, model: ImageModel
) -> None:
    actions.discard(generation=lose(cast, model, clock.now()), by=cast.manager)
    today = timezone.localdate()
    for days in (98, 97, 95):
        first = today - timedelta(days=days)
        page = look(cast.client(cast.admin), f"{PAGE}?from={first}&to={today}&show=images")
        chart = page.find(".chart")
        assert chart
        made = [bar.text().strip().endswith(": 1") for bar in chart.find_all("a")]
        assert (len(made), sum(made), made[-1]) == (days // 7 + 1, 1, True)


@pytest.mark.parametrize("filtered", ["model", "provider", "key"])
def test_what_is_held_is_told_with_every_filter(cast: Cast, model: ImageModel, filtered: str) -> None:
    lost = lose(cast, model, clock.now())
    spent = lose(cast, model, clock.now())
    actions.discard(generation=spent, by=cast.manager)
    lose(cast, find_model("z-image-turbo", "modelstream"), clock.now())
    ids = {"model": model.entry_id, "provider": model.provider_id, "key": lost.key_id}
    client = cast.client(cast.admin)
    assert "1 image held" in look(client, f"{PAGE}?{filtered}={ids[filtered]}").text()
    mine = spending.hold(project=cast.project, by=cast.admin, model=model, images=1)
    spending.settle(mine.pk, images=1, outcome=Outcome("succeeded", key_id=lost.key_id, seconds=4.0))
    other = look(client, f"{PAGE}?{filtered}={ids[filtered]}&user={cast.admin.pk}")
    assert other.find_all(".kpi .big")[1].text() == "1"
    assert "held" not in other.text()


def test_a_send_that_went_out_once_more_is_listed_with_its_cost_and_its_own_sender(
    cast: Cast, model: ImageModel
) -> None:
    lost = lose(cast, model, clock.now())
    actions.send_again(generation=lost, by=cast.manager)
    client = cast.client(cast.admin)
    rows = [[row[1], row[4], row[IMAGES]] for row in rows_of(client, f"{LIST}?period=7d")]
    names = cast.manager.display_name, cast.contributor.display_name
    assert rows == [[names[0], "Queued", "0"], [names[1], "Sent again", "1"]]
    assert len(rows_of(client, f"{LIST}?period=7d&user={cast.contributor.pk}&key={lost.key_id}")) == 1
    assert rows_of(client, f"{LIST}?period=7d&state=failed") == []


def test_what_is_older_than_prices_leads_to_its_sends(cast: Cast, model: ImageModel) -> None:
    held = spending.hold(project=cast.project, by=cast.contributor, images=3, cost_micros=30_000)
    spending.settle(held.pk, images=2, outcome=Outcome("succeeded", seconds=4.0))
    named = spending.hold(project=cast.project, by=cast.contributor, model=model, images=1)
    spending.settle(named.pk, images=1, outcome=Outcome("succeeded", seconds=4.0))
    admin = cast.client(cast.admin)
    page = look(admin, f"{PAGE}?period=7d&show=images")
    (link,) = (each for each in page.find_all(".hbars a") if each.text() == "Older than prices")
    behind = look(admin, str(link.attrs["href"]))
    assert "Older than prices" in behind.find(".page-head p").text()
    assert [row[IMAGES] for row in rows_of(admin, str(link.attrs["href"]))] == ["2"]
    back = look(admin, str(behind.find(".page-head a").attrs["href"]))
    assert back.find_all(".kpi .big")[1].text() == "2"
    assert_explained(admin, f"{PAGE}?period=7d&show=images&model=0")
    assert "Older than prices" not in look(admin, f"{PAGE}?model={model.entry_id}").text()


def test_more_rows_than_fit_can_be_unfolded_and_lead_on(cast: Cast, admin: StrictClient) -> None:
    for place in range(10):
        project = ProjectFactory.create(name=f"Campaign {place}")
        held = spending.hold(project=project, by=cast.admin, images=1, cost_micros=1000 * (place + 1))
        spending.settle(held.pk, images=1, outcome=Outcome("succeeded", seconds=4.0))
    page = look(admin, PAGE)
    box = next(box for box in page.find_all(".box") if box.find("#projects-heading"))
    assert len(box.find_all("li")) == 10
    assert box.find("details summary").text() == "2 more"
    assert box.find("details li a").text() == "Campaign 1"
