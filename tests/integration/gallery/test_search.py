"""The bar over the gallery: searching, filters in the address and in words, and what is said about them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from studio.catalog.models import ImageModel
from studio.gallery import index, pages
from studio.generation.models import Favourite, Image
from studio.kit.clock import now
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import apply_answer, as_lines, assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import encode, make_image

HTMX = {"HX-Request": "true"}


def address(cast: Cast, **query: Any) -> str:
    url = reverse("gallery:project", args=[cast.project.slug])
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def look(cast: Cast, **query: Any) -> Element:
    response = cast.client(cast.viewer).get(address(cast, **query))
    assert response.status_code == 200
    return parse(response.content.decode())


def shown(page: Element) -> list[int]:
    return [int(tile.attrs["id"].removeprefix("image-")) for tile in page.find_all(".card")]


def text_of(page: Element, selector: str) -> str:
    found = page.find(selector)
    assert found, f"nothing fits {selector}"
    return found.text()


@pytest.fixture
def three(cast: Cast) -> list[Image]:
    """A misty one of the contributor, a clear square one and a misty one of the manager, oldest first."""
    return [
        make_image(cast.project, cast.contributor, prompt="Misty ridges at dusk", data=encode(40, 20)),
        make_image(cast.project, cast.manager, prompt="Clear sky over the sea", data=encode(20, 20)),
        make_image(cast.project, cast.manager, prompt="A misty harbour", data=encode(20, 40)),
    ]


def test_words_are_searched_in_prompts(cast: Cast, three: list[Image]) -> None:
    page = look(cast, q="mist")
    assert shown(page) == [three[2].pk, three[0].pk]
    assert text_of(page, "#gallery-count") == "2 of 3"
    box = page.find("#gallery-search")
    assert box
    assert box.attrs["value"] == "mist"
    assert shown(look(cast, q="misty -harbour")) == [three[0].pk]
    assert shown(look(cast, q='"over the"')) == [three[1].pk]


def test_a_beginning_of_any_length_finds_its_word(cast: Cast) -> None:
    keeper = make_image(cast.project, cast.contributor, prompt="Éclairage of the lighthousekeepers’ feast")
    make_image(cast.project, cast.contributor, prompt="A boat and an eel")
    for word in ("lighthousekeepers", "eclairage"):
        for length in range(2, len(word) + 1):
            assert shown(look(cast, q=word[:length])) == [keeper.pk], word[:length]


def test_filters_narrow_together_and_are_shown(cast: Cast, three: list[Image]) -> None:
    page = look(cast, by=cast.manager.pk, shape=["square", "landscape"], model=three[0].model_id)
    assert shown(page) == [three[1].pk]
    assert text_of(page, "#facet-by") == "Creator The manager , change"
    assert text_of(page, "#facet-shape") == "Shape Landscape, Square , change"
    assert text_of(page, "#facet-model") == "Model Nano Banana 2 , change"
    checked = {box.attrs["value"] for box in page.find_all("#gallery-panel input[checked]")}
    assert {str(cast.manager.pk), "square", "landscape", str(three[0].model_id)} <= checked
    older = [link.attrs["href"] for link in page.find_all(".card a")]
    assert f"by={cast.manager.pk}" in older[0]


def test_stars_are_those_of_the_reader(cast: Cast, three: list[Image]) -> None:
    Favourite.objects.create(image=three[0], person=cast.viewer, project=cast.project)
    Favourite.objects.create(image=three[1], person=cast.manager, project=cast.project)
    assert shown(look(cast, starred=1)) == [three[0].pk]
    pressed = [star.attrs["id"] for star in look(cast).find_all(".star [aria-pressed=true]")]
    assert pressed == [f"star-{three[0].pk}"]


def test_days_are_those_of_the_team(cast: Cast, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    midnight = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = make_image(cast.project, cast.contributor, at=midnight - timedelta(seconds=1))
    today = make_image(cast.project, cast.contributor, at=midnight)
    assert shown(look(cast, when="today")) == [today.pk]
    day = (midnight - timedelta(days=1)).date().isoformat()
    page = look(cast, **{"from": day, "to": day})
    assert shown(page) == [yesterday.pk]
    assert text_of(page, "#gallery-days h2") == "Yesterday"


def test_filters_in_words_become_filters(cast: Cast, three: list[Image]) -> None:
    client = cast.client(cast.viewer)
    typed = "misty by:manager shape:portrait is:starred model:nano after:2020-01-31 before:1-feb-2030"
    response = client.get(address(cast, q=typed))
    assert response.status_code == 302
    query = {
        "q": "misty", "model": three[0].model_id, "by": cast.manager.pk, "shape": "portrait", "starred": 1,
        "from": "2020-01-31", "to": "2030-01-31",
    }  # fmt: skip
    assert response["Location"] == address(cast, **query)
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("by:nobody", "Nobody named “nobody” has made an image here."),
        ("model:flux", "No image here was made with a model named “flux”."),
        ("is:red", "“is:red” is not known. Try is:starred."),
        ("shape:round", "“round” is no shape. Try landscape, portrait or square."),
        ("after:soon", "“soon” is not understood as a day."),
    ],
)
def test_what_is_not_understood_stays_and_is_told(
    cast: Cast, three: list[Image], typed: str, sentence: str
) -> None:
    page = look(cast, q=f"misty {typed}")
    assert sentence in text_of(page, ".note")
    box = page.find("#gallery-search")
    assert box
    assert box.attrs["value"] == f"misty {typed}"
    assert shown(page) == [three[2].pk, three[0].pk]


def test_nothing_found_says_what_was_looked_for(cast: Cast, three: list[Image]) -> None:
    page = look(cast, q="quokka <b>", by=cast.manager.pk, when="week", starred=1)
    assert shown(page) == []
    said = text_of(page, ".empty p")
    assert "fits “quokka <b>”, creator The manager, starred by you, last 7 days." in said
    ways = [link.attrs["href"] for link in page.find_all(".empty a")]
    assert ways == [address(cast, q="quokka <b>"), address(cast)]


def test_who_has_made_nothing_is_named_to_themselves_only(cast: Cast, three: list[Image]) -> None:
    asked = {"by": [cast.viewer.pk, cast.stranger.pk], "model": 999}
    said = text_of(look(cast, **asked), ".empty p")
    assert "model One without images, creator You or Somebody without images." in said
    assert "The viewer" not in said


def test_bad_values_are_left_out(cast: Cast, three: list[Image]) -> None:
    response = cast.client(cast.viewer).get(
        address(cast, model=["x", "9" * 30], by="0x", shape="round", when="x")
    )
    assert response.status_code == 200
    assert len(shown(parse(response.content.decode()))) == 3
    assert shown(look(cast, model=999)) == []


@pytest.mark.parametrize("query", [{"q": "misty"}, {"q": "quokka"}, {"shape": "portrait"}, {}])
def test_what_a_search_swaps_is_what_a_reload_shows(
    cast: Cast, three: list[Image], query: dict[str, str]
) -> None:
    client = cast.client(cast.viewer)
    before = client.get(address(cast, when="week"))
    answer = client.get(address(cast, **query), headers=HTMX)
    assert answer["HX-Push-Url"] == address(cast, **query)
    page = parse(before.content.decode())
    apply_answer(page, answer, by="#gallery-bar")
    reloaded = parse(client.get(address(cast, **query)).content.decode())
    for part in ("#gallery", "#gallery-facets", "#gallery-panel"):
        assert as_lines(page.find(part)) == as_lines(reloaded.find(part))


def test_typing_leaves_no_trail_in_the_history(cast: Cast, three: list[Image]) -> None:
    answer = cast.client(cast.viewer).get(address(cast, q="mi"), headers={**HTMX, "HX-Typing": "1"})
    assert answer["HX-Replace-Url"] == address(cast, q="mi")
    assert "HX-Push-Url" not in answer


def test_older_pages_keep_the_filters(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [
        make_image(cast.project, cast.contributor, prompt=f"misty {n % 2 or 'clear'}") for n in range(8)
    ]
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    page, client = look(cast, q="clear"), cast.client(cast.viewer)
    while more := page.find(".load-more"):
        apply_answer(page, client.get(more.attrs["hx-get"], headers=HTMX), by=".load-more")
    assert shown(page) == [image.pk for image in reversed(images[::2])]


def test_the_button_says_how_many_images_are_left_and_how_many_of_each_model(
    cast: Cast, three: list[Image]
) -> None:
    other = ImageModel.objects.exclude(pk=three[0].model_id).order_by("id")[0]
    Image.objects.filter(pk=three[1].pk).update(model=other)
    index.rebuild()
    url = reverse("gallery:count", args=[cast.project.slug])

    def ask(**query: object) -> list[str]:
        answer = parse(cast.client(cast.viewer).get(url, query).content.decode())
        counts = [text_of(answer, f"#left-model-{pk}") for pk in (three[0].model_id, other.pk)]
        for span in answer.find_all("span"):
            span.parent.children.remove(span)  # type: ignore[union-attr]
        return [answer.text(), *counts]

    assert ask() == ["Show 3 images", "2", "1"]
    assert ask(shape=["portrait", "square"]) == ["Show 2 images", "1", "1"]
    assert ask(q="harbour", model=other.pk) == ["Show 0 images", "1", "0"]
    assert ask(q="harbour") == ["Show 1 image", "1", "0"]


def test_news_count_what_fits_and_bring_changed_tiles(cast: Cast, three: list[Image]) -> None:
    client = cast.client(cast.viewer)
    feed = look(cast, q="misty").find("live-feed")
    assert feed
    make_image(cast.project, cast.contributor, prompt="clear")
    make_image(cast.project, cast.contributor, prompt="misty again")
    Image.objects.filter(pk=three[0].pk).update(deleted_at=now())
    ids = ",".join(str(image.generation_id) for image in three[:2])
    answer = parse(client.get(f"{feed.attrs['data-cards-url']}&ids={ids}").content.decode())
    assert text_of(answer, "#gallery-news") == "1 new image"
    gone, tile = answer.find(f"#image-{three[0].pk}"), answer.find(f"#image-{three[1].pk}")
    assert gone
    assert "hidden" in gone.attrs
    assert tile
    assert tile.find("img")


@pytest.mark.parametrize("query", [{}, {"q": "misty"}, {"starred": "1", "by": "1", "shape": "square"}])
def test_the_page_asks_six_questions_for_any_number_of_images(cast: Cast, query: dict[str, str]) -> None:
    def make_rows() -> None:
        for days_ago in range(3):
            make_image(cast.project, cast.contributor, prompt="misty", at=now() - timedelta(days=days_ago))

    client = cast.client(cast.viewer)
    assert_same_queries(client, address(cast, **query), make_rows)
    with CaptureQueriesContext(connection) as captured:
        client.get(address(cast, **query))
    assert len(captured) <= 6


def test_a_star_is_swapped_into_its_tile(cast: Cast, three: list[Image]) -> None:
    client = cast.client(cast.viewer)
    before = client.get(address(cast))
    url = reverse("gallery:star", args=[cast.project.slug, three[1].pk])
    answer = client.post(url, {"is_starred": "1", "back": "gallery"}, headers=HTMX)
    assert_swap_equals_reload(
        client, address(cast), answer, before=before, by=f"#star-{three[1].pk}", inside="#gallery-days"
    )


@pytest.mark.parametrize("query", [{}, {"q": "mist", "before": "999"}])
def test_without_script_a_star_leads_back_to_the_search_it_stands_in(
    cast: Cast, three: list[Image], query: dict[str, str]
) -> None:
    client = cast.client(cast.viewer)
    gallery = address(cast, **query)
    form = parse(client.get(gallery).content.decode()).find("form#selection")
    assert form
    sent = {each.attrs["name"]: each.attrs["value"] for each in form.find_all("input[type=hidden]")}
    star = reverse("gallery:star", args=[cast.project.slug, three[0].pk])
    answer = client.post(star, {**sent, "is_starred": "1"})
    assert (answer.status_code, answer["Location"]) == (302, gallery)
