"""The usage pages: their figures are the sums of the rows, their bars lead to these, and one's own stay one's own."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.demo.actions import seed
from studio.generation.models import Generation
from studio.keys.actions import ensure_sandbox_keys
from studio.kit.money import rounded_dollars
from studio.people.models import User
from studio.projects.models import Project
from studio.spending import actions as spending
from studio.spending.counting import Outcome
from studio.spending.latency import percentile
from studio.spending.models import LedgerEntry
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast

PAGE, OWN = "/admin/usage/", "/usage/"
COUNT = 500


@pytest.fixture
def _seeded(cast: Cast) -> None:
    install_catalog()
    ensure_sandbox_keys()
    seed(people=4, generations=COUNT, seed=7)


def look(client: StrictClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return parse(answer.content.decode())


def figures(page: Element) -> dict[str, str]:
    """Return the figures at the head of a page by their names."""
    return {
        kpi.find("h2").text(): re.sub(r"\s", "", kpi.find(".big").text())  # type: ignore[union-attr]
        for kpi in page.find_all(".kpi")
    }


@dataclass
class Raw:
    """The same figures, added up from every single row."""

    micros: int = 0
    images: int = 0
    succeeded: int = 0
    failed: int = 0

    def add(self, generation: Generation, entry: LedgerEntry | None) -> None:
        self.micros += (entry.cost_micros or 0) if entry else 0
        self.images += entry.images if entry else 0
        self.succeeded += generation.status == "succeeded"
        self.failed += generation.status == "failed"


def add_up(days: int, **filters: int) -> Raw:
    """Add up what was made in the last days of the team's calendar."""
    raw, first = Raw(), timezone.localdate() - timedelta(days=days - 1)
    entries = {entry.hold_id: entry for entry in LedgerEntry.objects.filter(kind="settled").order_by("id")}
    for generation in Generation.objects.filter(**filters).order_by("id"):
        if timezone.localtime(generation.created_at).date() >= first:
            raw.add(generation, entries.get(generation.hold_id))
    return raw


def assert_figures(page: Element, raw: Raw) -> None:
    shown = figures(page)
    assert shown["Spend"] == rounded_dollars(raw.micros)
    assert shown["Images"] == f"{raw.images:,}"
    assert shown["Success rate"] == f"{100 * raw.succeeded / (raw.succeeded + raw.failed):.1f}%"


@pytest.mark.usefixtures("_seeded")
@pytest.mark.parametrize(("period", "days"), [("7d", 7), ("30d", 30), ("90d", 90)])
def test_figures_are_the_sums_of_the_rows(admin: StrictClient, period: str, days: int) -> None:
    assert_figures(look(admin, f"{PAGE}?period={period}"), add_up(days))


@pytest.mark.usefixtures("_seeded")
def test_filters_leave_what_they_name(admin: StrictClient) -> None:
    one = Generation.objects.filter(status="succeeded").select_related("model", "key").latest("id")
    assert one.key
    filters = {
        f"project={one.project_id}": {"project": one.project_id},
        f"user={one.author_id}": {"author": one.author_id},
        f"model={one.model_id}": {"model": one.model_id},
        f"provider={one.model.provider_id}": {"model__provider": one.model.provider_id},
        f"key={one.key_id}": {"key": one.key.pk},
        f"user={one.author_id}&model={one.model_id}": {"author": one.author_id, "model": one.model_id},
    }
    for asked, fields in filters.items():
        assert_figures(look(admin, f"{PAGE}?period=90d&{asked}"), add_up(90, **fields))


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])
def test_days_are_those_of_the_team(cast: Cast, zone: str) -> None:
    with override_settings(TIME_ZONE=zone):
        install_catalog()
        seed(people=2, generations=120, seed=3)
        day = timezone.localtime(Generation.objects.latest("created_at").created_at).date()
        page = look(cast.client(cast.admin), f"{PAGE}?from={day}&to={day}&show=images")
        holds = LedgerEntry.objects.filter(kind="settled", hold__day=day)
        assert figures(page)["Images"] == f"{sum(entry.images for entry in holds):,}"
        listed = rows_of(cast.client(cast.admin), f"{PAGE}generations/?from={day}&to={day}")
        on_day = [
            each
            for each in Generation.objects.order_by("id")
            if timezone.localtime(each.created_at).date() == day
        ]
        assert len(listed) == len(on_day) > 0


def rows_of(client: StrictClient, address: str) -> list[list[str]]:
    """Return all rows of a list, page after page, as the text of their cells."""
    rows: list[list[str]] = []
    next_address: str | None = address
    while next_address:
        page = look(client, next_address)
        rows += [[cell.text().strip() for cell in row.find_all("td")] for row in page.find_all("tbody tr")]
        older = page.find(".usage-more a")
        next_address = f"{address.partition('?')[0]}{older.attrs['href']}" if older else None
    return rows


def bars(page: Element, heading: str) -> Iterator[tuple[str, str]]:
    """Yield the link and the value of each bar under a heading."""
    box = next(box for box in page.find_all(".box") if heading in [h2.text() for h2 in box.find_all("h2")])
    for row in box.find_all("li"):
        link, value = row.find("a"), row.find(".num")
        if link and value:
            yield str(link.attrs["href"]), value.text()


@pytest.mark.usefixtures("_seeded")
def test_every_bar_leads_to_the_generations_behind_it(admin: StrictClient) -> None:
    page = look(admin, f"{PAGE}?period=90d&show=images")
    for heading in ("By model", "By project"):
        found = list(bars(page, heading))
        assert found
        for address, value in found:
            charged = sum(int(row[5]) for row in rows_of(admin, address))
            assert f"{charged:,}" == value, address
    for address, value in bars(page, "Failures by reason"):
        assert len(rows_of(admin, address)) == int(value), address
    lines = page.find_all(".twin tbody tr")
    linked = [(line.find("a"), line.find_all("td")[-1].text()) for line in lines if line.find("a")]
    by_day = [
        (link.attrs["href"], value) for link, value in linked if link and "from=" in str(link.attrs["href"])
    ]
    hours = [
        (link.attrs["href"], value)
        for link, value in linked
        if link and "weekday=" in str(link.attrs["href"])
    ]
    for address, value in [*by_day[:4], *hours[:4]]:
        charged = sum(int(row[5]) for row in rows_of(admin, str(address)))
        assert value in (f"{charged:,}",) or value.startswith("$"), address


@pytest.mark.usefixtures("_seeded")
def test_the_plot_says_what_its_table_says(admin: StrictClient) -> None:
    page = look(admin, f"{PAGE}?period=30d&show=images")
    plot = page.find(".chart.w")
    assert plot
    said = [bar.find("title").text() for bar in plot.find_all("a")]  # type: ignore[union-attr]
    box = next(box for box in page.find_all(".box") if box.find(".chart.w"))
    lines = box.find_all(".twin tbody tr")
    assert lines
    for line in lines:
        name, value = line.find("th"), line.find_all("td")[-1].text()
        assert name
        assert any(title.startswith(f"{name.text()}: {value} ") for title in said)


@pytest.mark.usefixtures("_seeded")
def test_times_are_right_within_their_buckets(admin: StrictClient) -> None:
    done = Generation.objects.filter(status="succeeded").order_by("id")
    seconds = sorted(
        (each.finished_at - each.submitted_at).total_seconds()  # type: ignore[operator]
        for each in done
        if timezone.localtime(each.created_at).date() > timezone.localdate() - timedelta(days=90)
    )
    shown = figures(look(admin, f"{PAGE}?period=90d"))["Median time"].removesuffix("s")
    exact = seconds[len(seconds) // 2]
    assert float(shown) == pytest.approx(exact, rel=0.13)


def test_what_was_just_made_is_there_and_what_is_held_stands_apart(admin: StrictClient, cast: Cast) -> None:
    done = spending.hold(project=cast.project, by=cast.contributor, images=2, cost_micros=3_000_000)
    spending.settle(done.pk, images=2, outcome=Outcome("succeeded", seconds=4.0))
    lost = spending.hold(project=cast.project, by=cast.contributor, images=1, cost_micros=9_000_000)
    spending.release(lost.pk, outcome=Outcome("failed", failure="content_policy"))
    spending.hold(project=cast.project, by=cast.viewer, images=1, cost_micros=7_000_000)
    page = look(admin, f"{PAGE}?period=24h")
    shown = figures(page)
    assert (shown["Spend"], shown["Images"], shown["Success rate"]) == ("$3", "2", "50.0%")
    assert shown["Cost per image"] == "$1.500"
    assert "$7 held" in page.text()
    assert "Content policy" in page.text()
    assert "$7 held" not in look(admin, f"{PAGE}?period=24h&user={cast.contributor.pk}").text()


def test_images_without_a_price_are_said_to_be_missing(admin: StrictClient, cast: Cast) -> None:
    made = spending.hold(project=cast.project, by=cast.contributor, images=3)
    spending.settle(made.pk, images=3, outcome=Outcome("succeeded", seconds=4.0))
    assert "3 images had no price and are not in the money." in look(admin, PAGE).text()


def test_each_figure_of_the_table_stands_below_its_model(admin: StrictClient, cast: Cast) -> None:
    install_catalog()
    paid = find_model("nano-banana-2", "mountsea")
    name = f"{paid.name} · {paid.provider.name}"
    failing = ImageModel.objects.filter(twin_of=None).exclude(pk=paid.pk).order_by("id")[:5]
    made = spending.hold(project=cast.project, by=cast.viewer, model=paid, images=1, cost_micros=100_000)
    spending.settle(made.pk, images=1, outcome=Outcome("succeeded", seconds=4.0))
    for model in failing:
        lost = spending.hold(project=cast.project, by=cast.viewer, model=model, images=1, cost_micros=1)
        spending.release(lost.pk, outcome=Outcome("failed", failure="timeout"))
        table = look(admin, PAGE).find("details table")
        assert table
        assert [head.text() for head in table.find_all("thead th")] == ["When", name, "All"]
        assert [cell.text() for cell in table.find_all("tbody td")] == ["$0.10", "$0.10"]


@pytest.mark.usefixtures("_seeded")
def test_ones_own_page_has_nothing_of_others(cast: Cast) -> None:
    busiest, _ = Counter(Generation.objects.order_by("id").values_list("author_id", flat=True)).most_common(
        1
    )[0]
    person = User.objects.get(pk=busiest)
    client = cast.client(person)
    other = User.objects.filter(email__endswith="@example.com").exclude(pk=person.pk).latest("id")
    page = look(client, f"{OWN}?period=90d&user={other.pk}&key=1")
    assert_figures(page, add_up(90, author=person.pk))
    assert not page.find("select[name='user'], select[name='key']")
    assert other.display_name not in page.text()
    mine = rows_of(client, f"{OWN}generations/?period=90d&user={other.pk}")
    made = [
        each
        for each in Generation.objects.filter(author=person).order_by("id")
        if timezone.localtime(each.created_at).date() > timezone.localdate() - timedelta(days=90)
    ]
    assert len(mine) == len(made)


@pytest.mark.usefixtures("_seeded")
def test_a_project_that_one_left_is_named_but_not_linked(cast: Cast) -> None:
    one = Generation.objects.filter(author__role="member").latest("id")
    Project.objects.filter(pk=one.project_id).update(visibility="members")
    one.project.memberships.filter(user=one.author).delete()
    listed = look(cast.client(one.author), f"{OWN}generations/?period=90d&project={one.project_id}")
    assert one.project.name in listed.text()
    assert not listed.find("tbody a")


def test_an_empty_page_says_so_and_offers_a_way(admin: StrictClient) -> None:
    page = look(admin, f"{PAGE}?period=7d")
    assert "Nothing was made in this time" in page.text()
    assert page.find("a[href='?period=90d']")
    filtered = look(admin, f"{PAGE}?period=7d&project=999999")
    assert "At least not with these filters." in filtered.text()
    assert "Nothing here belongs to this figure" in look(admin, f"{PAGE}generations/").text()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("from=2026-11-20&to=2026-11-01", "The first day has to come before the last"),
        ("from=2001-01-01&to=2026-11-01", "At most two years at a time"),
        ("from=nonsense", "“nonsense” is no day: the last 30 days are shown."),
        ("from=2026-11-01&to=9999-12-31", "“9999-12-31” is no day"),
        ("to=0000-00-00", "“0000-00-00” is no day"),
    ],
)
def test_days_that_make_no_sense_are_said_to_be_wrong(admin: StrictClient, asked: str, sentence: str) -> None:
    assert sentence in look(admin, f"{PAGE}?{asked}").text()


@pytest.mark.parametrize(
    "asked",
    [
        "from=nonsense",
        "period=9999d&show=x",
        "project=-1&model=abc&key=99999999999999999999",
        "to=9999-12-31",
        "from=1970-01-01&to=1970-01-01",
        "state=odd&weekday=9&hour=25&before=5&reason=%00",
        "weekday=1&hour=0&from=2024-01-01&to=2025-12-31",
        "weekday=1&period=24h",
    ],
)
def test_what_makes_no_sense_is_not_asked_for(admin: StrictClient, asked: str) -> None:
    for page in (PAGE, f"{PAGE}generations/", OWN, f"{OWN}generations/"):
        assert admin.get(f"{page}?{asked}").status_code == 200


def test_links_keep_what_is_asked_for(admin: StrictClient, cast: Cast) -> None:
    page = look(admin, f"{PAGE}?period=7d&project={cast.project.pk}&show=images")
    periods = [str(link.attrs["href"]) for link in page.find_all("nav[aria-label='Period'] a")]
    assert f"?period=90d&show=images&project={cast.project.pk}" in periods
    assert page.find("a[aria-current='true']").text() == "7 d"  # type: ignore[union-attr]
    own_days = look(admin, f"{PAGE}?from=2026-01-05&to=2026-01-06&project={cast.project.pk}")
    addresses = [str(form.attrs.get("action")) for form in own_days.find_all("form")]
    assert f"{PAGE}export.csv?from=2026-01-05&to=2026-01-06&project={cast.project.pk}" in addresses


def test_names_are_escaped(admin: StrictClient, cast: Cast) -> None:
    Project.objects.filter(pk=cast.project.pk).update(name="<script>alert(1)</script>")
    made = spending.hold(project=cast.project, by=cast.contributor, images=3, cost_micros=900)
    spending.settle(made.pk, images=3, outcome=Outcome("failed", failure="<b>x</b>"))
    content = admin.get(PAGE).content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert(1)" in content
    assert "<b>x</b>" not in content


def test_more_rows_need_no_more_queries(admin: StrictClient, cast: Cast) -> None:
    def make_rows() -> None:
        for person in (cast.contributor, cast.viewer, cast.manager):
            made = spending.hold(project=cast.project, by=person, images=1, cost_micros=1000)
            spending.settle(made.pk, images=1, outcome=Outcome("succeeded", seconds=4.0))

    make_rows()
    assert_same_queries(admin, PAGE, make_rows)


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert percentile({}, 0.5) is None


def test_the_first_page_for_admins_is_usage(admin: StrictClient) -> None:
    assert admin.get("/admin/").headers["Location"] == PAGE
