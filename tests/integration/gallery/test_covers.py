"""What the project list shows of a project's images."""

import pytest

from studio.generation.models import Image, Status
from studio.kit.clock import now
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast
from tests.factories import ProjectFactory
from tests.pictures import make_batch, make_generation, make_image


def card(cast: Cast, name: str = "Spring campaign") -> Element:
    page = parse(cast.client(cast.viewer).get("/").content.decode())
    return next(card for card in page.find_all(".pcard") if name in card.text())


def test_a_card_shows_the_four_newest_images(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(5)]
    make_image(cast.team_project, cast.manager)
    shown = [picture.attrs["src"] for picture in card(cast).find_all(".pcover img")]
    assert shown == [f"/p/spring/images/{image.pk}/thumb/640.webp" for image in images[:0:-1]]
    assert "5 images" in card(cast).text()
    assert "The contributor," in card(cast).text()


def test_deleted_images_are_not_shown_and_not_counted(cast: Cast) -> None:
    make_image(cast.project, cast.contributor)
    Image.objects.update(deleted_at=now())
    assert not card(cast).find(".pcover img")
    assert "No images yet" in card(cast).text()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SUCCEEDED])
def test_only_what_is_under_way_counts_as_running(cast: Cast, status: Status) -> None:
    make_generation(make_batch(cast.project, cast.contributor), status=status)
    assert ("1 running" in card(cast).text()) is (status == Status.QUEUED)


def test_the_list_needs_the_same_queries_for_more_images(cast: Cast) -> None:
    def make_rows() -> None:
        for project in ProjectFactory.create_batch(5):
            make_image(project, cast.contributor)

    make_rows()
    assert_same_queries(cast.client(cast.admin), "/", make_rows)
