"""The demo's data: money that adds up, pages that show it, and a refusal where there is real work."""

from collections import Counter as Tally

import pytest
from django.db.models import Count, Sum

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.demo.actions import seed
from studio.generation.models import Generation, Image, Status
from studio.keys.actions import ensure_sandbox_keys
from studio.keys.models import ApiKey
from studio.kit.errors import Conflict, Invalid
from studio.kit.storage import media_path
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import Hold, HoldState, LedgerEntry, Price, TallyKind, UsageHour, UsageTally
from studio.spending.verifying import find_differences
from tests.bench.client import StrictClient
from tests.cast import Cast

pytestmark = pytest.mark.any_database

COUNT = 600


@pytest.fixture
def _seeded(db: None) -> None:
    install_catalog()
    ensure_sandbox_keys()
    seed(people=5, generations=COUNT)


@pytest.mark.usefixtures("_seeded")
def test_the_ledger_is_right_and_the_figures_are_those_of_the_generations() -> None:
    assert find_differences() == []
    ended = Tally(Generation.objects.order_by("id").values_list("status", flat=True))
    assert sum(ended.values()) == COUNT
    counted = UsageHour.objects.aggregate(*map(Sum, ("succeeded", "failed", "cancelled", "images")))
    for status in (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED):
        assert counted[f"{status}__sum"] == ended[status] > 0
    charged = LedgerEntry.objects.filter(kind="settled").aggregate(images=Sum("images"))["images"]
    assert counted["images__sum"] == charged >= Image.objects.count() > 0
    assert _tallies(TallyKind.SECONDS) == ended[Status.SUCCEEDED]
    assert _tallies(TallyKind.FAILURE) == ended[Status.FAILED]
    assert Hold.objects.filter(state=HoldState.KEPT).count() == ended[Status.UNKNOWN]


@pytest.mark.usefixtures("_seeded")
def test_the_images_of_one_press_have_one_size() -> None:
    sizes = Image.objects.values("generation__batch").annotate(
        count=Count("id"), widths=Count("width", distinct=True), heights=Count("height", distinct=True)
    )
    several = [(one["widths"], one["heights"]) for one in sizes.order_by() if one["count"] > 1]
    assert several
    assert set(several) == {(1, 1)}
    assert Image.objects.values("width", "height").distinct().order_by().count() > 3


@pytest.mark.usefixtures("_seeded")
def test_what_can_be_made_can_be_edited_for_the_same() -> None:
    twins = ImageModel.objects.exclude(twin_of=None).order_by("id")
    assert twins
    for twin in twins:
        prices = twin.prices.order_by("valid_from")
        makers = Price.objects.filter(model=twin.twin_of_id).order_by("valid_from")
        assert [price.rates for price in prices] == [price.rates for price in makers] != []


def _tallies(kind: TallyKind) -> int:
    counted: int = UsageTally.objects.filter(kind=kind).aggregate(times=Sum("count"))["times"]
    return counted


@pytest.mark.usefixtures("_seeded")
def test_pages_show_it_and_its_pictures(client: StrictClient) -> None:
    admin = User.objects.filter(role="admin").first()
    assert admin
    client.force_login(admin)
    image = Image.objects.filter(deleted_at=None).latest("id")
    for page in ("", "gallery/", f"images/{image.pk}/", f"generations/{image.generation_id}/"):
        assert client.get(f"/p/{image.project.slug}/{page}").status_code == 200
    assert client.get("/").status_code == 200
    shown = client.get(f"/p/{image.project.slug}/gallery/?q={image.generation.batch.prompt.split()[0]}")
    assert f"/images/{image.pk}/" in shown.content.decode()
    about = media_path(image.file).stat()
    assert about.st_size == image.size_bytes
    assert about.st_nlink == Image.objects.filter(sha256=image.sha256).count()


@pytest.mark.usefixtures("_seeded")
def test_no_key_of_it_could_be_used() -> None:
    invented = ApiKey.objects.filter(is_sandbox=False)
    assert invented.exists()
    assert not invented.exclude(secret_encrypted="", state="retired").exists()
    assert not invented.present().exists()


def test_it_stays_away_from_real_work(cast: Cast) -> None:
    install_catalog()
    seed(people=2, generations=3)
    people = User.objects.count()
    with pytest.raises(Conflict, match="has generations already"):
        seed(people=2, generations=3)
    assert User.objects.count() == people
    assert Generation.objects.count() == 3


@pytest.mark.django_db
def test_without_models_it_says_what_to_do() -> None:
    with pytest.raises(Conflict, match=r"manage\.py setup"):
        seed(people=2, generations=3)
    assert not Project.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("people", "generations"), [(0, 10), (201, 10), (5, 0), (5, 5_000_000)])
def test_what_makes_no_sense_is_refused(people: int, generations: int) -> None:
    with pytest.raises(Invalid, match=r"^Between 1 and"):
        seed(people=people, generations=generations)
