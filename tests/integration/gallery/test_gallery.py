"""The gallery of a project: pages by day, older images, news."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.gallery import pages
from studio.gallery.filters import Filters
from studio.gallery.pages import gallery_page
from studio.generation.models import Image
from studio.kit.clock import now
from studio.people.models import User
from studio.projects.models import Project
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import apply_answer, as_lines
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image, store_image


def noon(days_ago: int) -> datetime:
    return timezone.localtime(now()).replace(hour=12, minute=0) - timedelta(days=days_ago)


def address(project: Project) -> str:
    return reverse("gallery:project", args=[project.slug])


def look(cast: Cast, **query: Any) -> Element:
    response = cast.client(cast.viewer).get(address(cast.project), query)
    return parse(response.content.decode())


def shown(page: Element) -> list[str]:
    return [tile.attrs["id"] for tile in page.find_all(".card")]


def test_images_are_shown_newest_first_by_day_in_words(cast: Cast) -> None:
    old = make_image(cast.project, cast.contributor, at=noon(400))
    yesterday = make_image(cast.project, cast.contributor, at=noon(1))
    today = [make_image(cast.project, person, at=noon(0)) for person in (cast.contributor, cast.manager)]
    page = look(cast)
    assert shown(page) == [f"image-{image.pk}" for image in (*reversed(today), yesterday, old)]
    headings = [section.find("h2") for section in page.find_all("#gallery-days section")]
    titles = [heading.text() for heading in headings if heading]
    assert titles[:2] == ["Today", "Yesterday"]
    assert titles[2].endswith(str(noon(400).year))
    assert [count.text() for count in page.find_all(".sect .num")] == [
        "2 images by 2 people",
        "1 image by The contributor",
        "1 image by The contributor",
    ]


def test_no_day_comes_twice_where_ids_and_times_disagree(cast: Cast) -> None:
    for days_ago in (1, 0, 1, 0):
        make_image(cast.project, cast.contributor, at=noon(days_ago))
    page = look(cast)
    assert [len(section.find_all(".card")) for section in page.find_all("#gallery-days section")] == [1, 3]


def test_deleted_images_and_those_of_other_projects_are_not_shown(cast: Cast) -> None:
    deleted = make_image(cast.project, cast.contributor)
    Image.objects.filter(pk=deleted.pk).update(deleted_at=now())
    make_image(cast.team_project, cast.contributor)
    page = look(cast)
    assert shown(page) == []
    assert "No images yet" in page.text()
    url = reverse("gallery:image", args=[cast.project.slug, deleted.pk])
    assert cast.client(cast.viewer).get(url).status_code == 404
    file_url = reverse("gallery:file", args=[cast.project.slug, deleted.pk])
    assert cast.client(cast.viewer).get(file_url).status_code == 404


def test_models_of_one_name_are_told_apart_and_named_as_in_the_picker(cast: Cast) -> None:
    edit = make_batch(cast.project, cast.contributor, model=("mountsea", "nano-banana-2-edit"))
    image = store_image(make_generation(edit), encode())
    store_image(
        make_generation(make_batch(cast.project, cast.contributor, model=("modelstream", "NB2"))), encode()
    )
    panel = look(cast).find("#gallery-panel")
    words = panel.text() if panel else ""
    assert "Nano Banana 2 at Mountsea Hub" in words
    assert "Nano Banana 2 at ModelStream" in words
    page = cast.client(cast.viewer).get(reverse("gallery:image", args=[cast.project.slug, image.pk]))
    settings = parse(page.content.decode()).find_all(".kv")
    assert "Model Nano Banana 2" in {" ".join(each.text().split())[:19] for each in settings}
    assert not any("Image Edit" in each.text() for each in settings)


def test_an_empty_gallery_asks_only_makers_to_make(cast: Cast) -> None:
    def invites(person: User) -> bool:
        page = cast.client(person).get(address(cast.project)).content.decode()
        assert "No images yet" in page
        return "Make the first one" in page

    assert invites(cast.contributor)
    assert not invites(cast.viewer)


def test_an_archived_project_keeps_its_gallery(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    Project.objects.filter(pk=cast.project.pk).update(archived_at=now())
    assert shown(look(cast)) == [f"image-{image.pk}"]


def test_the_image_of_one_project_is_not_found_in_another(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    for route in ("gallery:image", "gallery:file"):
        url = reverse(route, args=[cast.team_project.slug, image.pk])
        assert cast.client(cast.viewer).get(url).status_code == 404


def test_the_gallery_needs_the_same_queries_for_any_number_of_images(cast: Cast) -> None:
    def make_rows() -> None:
        for days_ago in range(3):
            make_image(cast.project, cast.contributor, at=noon(days_ago))

    assert_same_queries(cast.client(cast.viewer), address(cast.project), make_rows)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 3)


def test_a_page_ends_with_the_way_to_older_images(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(5)]
    first = gallery_page(cast.project, cast.viewer, Filters(), size=3)
    assert first.before_id == images[2].pk
    second = gallery_page(cast.project, cast.viewer, Filters(), before_id=first.before_id, size=3)
    assert [image.pk for day in second.days for image in day.images] == [images[1].pk, images[0].pk]
    assert second.before_id is None
    assert gallery_page(cast.project, cast.viewer, Filters(), size=5).before_id is None


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    "days_ago", [(0, 0, 0, 0, 0), (2, 1, 0, 0, 0), (2, 1, 1, 0, 0), (3, 2, 1, 1, 1), (9, 8, 7, 6, 5, 4, 3, 2)]
)
def test_scrolling_to_the_end_shows_what_one_long_page_shows(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, days_ago: tuple[int, ...]
) -> None:
    images = [make_image(cast.project, cast.contributor, at=noon(days)) for days in days_ago]
    page, client = look(cast), cast.client(cast.viewer)
    while more := page.find(".load-more"):
        answer = client.get(more.attrs["hx-get"], headers={"HX-Request": "true"})
        apply_answer(page, answer, by=".load-more")
    assert shown(page) == [f"image-{image.pk}" for image in reversed(images)]
    monkeypatch.setattr(pages, "PAGE_SIZE", 60)
    whole = look(cast)
    assert as_lines(page.find("#gallery-days")) == as_lines(whole.find("#gallery-days"))


@pytest.mark.usefixtures("small_pages")
def test_without_script_the_link_leads_to_a_page_of_its_own(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(4)]
    more = look(cast).find(".load-more")
    assert more
    response = cast.client(cast.viewer).get(more.attrs["href"])
    page = parse(response.content.decode())
    assert shown(page) == [f"image-{images[0].pk}"]
    assert page.find("main")
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize(
    "query", [{"before": "x"}, {"before": "9" * 40}, {"before": "\0", "day": "nonsense"}]
)
def test_a_page_that_makes_no_sense_is_the_first_one(cast: Cast, query: dict[str, str]) -> None:
    image = make_image(cast.project, cast.contributor)
    assert shown(look(cast, **query)) == [f"image-{image.pk}"]


def test_news_count_the_images_that_the_page_does_not_show(cast: Cast) -> None:
    newest = make_image(cast.project, cast.contributor)
    feed = look(cast).find("live-feed")
    assert feed
    client = cast.client(cast.viewer)
    assert "new image" not in client.get(feed.attrs["data-cards-url"]).content.decode()
    batch = make_batch(cast.project, cast.contributor)
    for position in range(2):
        store_image(make_generation(batch, position=position))
    news = parse(client.get(feed.attrs["data-cards-url"], {"after": newest.pk}).content.decode())
    pill = news.find("#gallery-news")
    assert pill
    assert pill.text() == "2 new images"


def test_prompts_are_escaped_and_cut_in_alternative_texts(cast: Cast) -> None:
    make_image(cast.project, cast.contributor, prompt='"><script>alert(1)</script>' + "x" * 300)
    picture = look(cast).find(".card img")
    assert picture
    assert picture.attrs["alt"].startswith('"><script>')
    assert len(picture.attrs["alt"]) == 120


def test_slivers_and_panoramas_are_cropped_in_the_rows(cast: Cast) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor))
    image = store_image(generation)
    Image.objects.filter(pk=image.pk).update(width=100, height=800)
    card = look(cast).find(".card")
    assert card
    assert card.attrs["style"] == "--arn:0.4500"


@pytest.mark.parametrize(
    ("widths", "sources"),
    [
        ((320, 640, 1280), ["thumb/320.webp 320w", "thumb/640.webp 640w", "thumb/1280.webp 900w"]),
        ((640,), ["thumb/640.webp 640w"]),
        ((), ["file/ 900w"]),
    ],
)
def test_a_tile_offers_the_sizes_that_there_are(
    cast: Cast, widths: tuple[int, ...], sources: list[str]
) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(900, 600), widths=widths)
    picture = look(cast).find(".card img")
    assert picture
    base = f"/p/spring/images/{image.pk}/"
    assert picture.attrs["srcset"] == ", ".join(base + source for source in sources)
    assert picture.attrs["src"] == f"{base}thumb/640.webp"
