"""All projects for admins: who is in them, what they cost beside their limits, archived and restored from there."""

from studio.administration.projects import PAGE_SIZE
from studio.audit.models import AuditEntry
from studio.projects.actions import archive_project
from studio.spending import actions as spending
from studio.spending.limiting import set_limit
from studio.spending.periods import Period
from studio.spending.scopes import Scope
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast, confirm_password
from tests.factories import MembershipFactory, ProjectFactory
from tests.pictures import make_image

PROJECTS = "/admin/projects/"


def row_of(client: StrictClient, name: str, query: str = "") -> Element:
    page = parse(client.get(f"{PROJECTS}{query}").content.decode())
    return next(row for row in page.find_all("tbody tr") if name in row.text())


def names(client: StrictClient, query: str = "") -> list[str]:
    page = parse(client.get(f"{PROJECTS}{query}").content.decode())
    return [name.text() for name in page.find_all("tbody .who b")]


def test_a_row_tells_people_images_money_and_the_limit_beside_it(admin: StrictClient, cast: Cast) -> None:
    make_image(cast.project, cast.contributor)
    held = spending.hold(project=cast.project, by=cast.contributor, images=2, cost_micros=12_300_000)
    spending.settle(held.pk, images=2)
    spending.hold(project=cast.project, by=cast.viewer, images=1, cost_micros=1_000_000)
    set_limit(
        scope=Scope(cast.project.pk),
        period=Period.MONTH,
        max_images=None,
        max_micros=16_000_000,
        by=cast.admin,
    )
    row = row_of(admin, "Spring campaign")
    for words in ("Members only", "$12.30, 3 images", "$1 held", "$16 a month", "The contributor,"):
        assert words in row.text()
    assert row.find(".avs").attrs["aria-label"] == "3 members of Spring campaign"
    meter = row.find(".meter")
    assert (meter.attrs["class"], meter.attrs["aria-label"]) == (
        "meter warn",
        "$12.30 spent, $1 held, $2.70 left",
    )
    links = [link.attrs["href"] for link in row.find_all(".menu a")]
    assert "/p/spring/members/" in links
    assert f"/admin/quotas/?project={cast.project.pk}" in links
    assert "None of its own" in row_of(admin, "Playground").text()


def test_projects_are_searched_and_archived_ones_stand_apart(admin: StrictClient, cast: Cast) -> None:
    archive_project(project=cast.team_project, by=cast.admin)
    assert sorted(names(admin)) == ["Elsewhere", "Spring campaign"]
    assert names(admin, "?which=archived") == ["Playground"]
    assert len(names(admin, "?which=all")) == 3
    assert names(admin, "?which=all&q=spring%00") == ["Spring campaign"]
    assert "No project fits" in admin.get(f"{PROJECTS}?q=nowhere").content.decode()
    assert len(names(admin, "?which=nonsense")) == 2


def test_searching_gives_the_page_that_a_reload_shows(admin: StrictClient) -> None:
    before, url = admin.get(PROJECTS), f"{PROJECTS}?q=spring&which=open"
    answer = admin.get(url, headers={"HX-Request": "true"})
    assert_swap_equals_reload(admin, url, answer, before=before, by=".toolbar", inside="#projects")


def test_archiving_and_restoring_is_written_down(admin: StrictClient, cast: Cast) -> None:
    archive, restore = (f"{PROJECTS}{cast.project.pk}/{act}/" for act in ("archive", "restore"))
    told = admin.post(archive, follow=True)
    assert "Spring campaign is archived." in parse(told.content.decode()).text()
    assert "Archived on" in row_of(admin, "Spring campaign", "?which=archived").text()
    admin.post(archive)
    admin.post(restore)
    assert "Spring campaign" in names(admin)
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["project.archived", "project.restored"]
    assert admin.post(f"{PROJECTS}999999/archive/").status_code == 404


def test_archiving_asks_for_the_password_first(admin: StrictClient, cast: Cast) -> None:
    confirm_password(admin, cast.admin, seconds_ago=60 * 60)
    answer = admin.post(f"{PROJECTS}{cast.project.pk}/archive/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    cast.project.refresh_from_db()
    assert not cast.project.is_archived


def test_more_projects_need_no_more_queries(admin: StrictClient, cast: Cast) -> None:
    def make() -> None:
        for _ in range(3):
            project = ProjectFactory()
            MembershipFactory.create_batch(2, project=project)
            make_image(project, cast.contributor)
            set_limit(scope=Scope(project.pk), period=Period.DAY, max_images=3, max_micros=1, by=cast.admin)

    assert_same_queries(admin, PROJECTS, make)


def test_pages_show_each_project_once_and_keep_what_is_asked(admin: StrictClient, cast: Cast) -> None:
    for number in range(PAGE_SIZE + 3):
        ProjectFactory(name=f"Campaign {number}")
    archive_project(project=cast.team_project, by=cast.admin)
    seen: list[str] = []
    address: str | None = f"{PROJECTS}?q=campaign&which=all"
    while address:
        page = parse(admin.get(address).content.decode())
        assert f"{PAGE_SIZE + 4} projects found" in page.find("#projects-count").text()
        seen += [name.text() for name in page.find_all("tbody .who b")]
        later = page.find("[rel=next]")
        address = later.attrs["href"] if later else None
    assert len(seen) == len(set(seen)) == PAGE_SIZE + 4
    assert page.find("[rel=prev]").attrs["href"] == f"{PROJECTS}?q=campaign&which=all&page=1"
    assert names(admin, "?q=campaign&which=all&page=999") == seen[PAGE_SIZE:]
    assert parse(admin.get(PROJECTS + "?q=spring").content.decode()).find(".pages") is None
