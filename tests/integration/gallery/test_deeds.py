"""Star, delete and restore from the feed and from the page of an image, with htmx and as plain forms."""

from typing import Any

import pytest
from django.urls import reverse

from studio.gallery.actions import set_favourite, trash_images
from studio.generation.models import Favourite, Image
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import apply_answer, as_lines, assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_image, store_image

STUDIO = "/p/spring/"
HTMX = {"HX-Request": "true"}


def address(deed: str, image: Image) -> str:
    return reverse(f"gallery:{deed}", args=[image.project.slug, image.pk])


def send(client: StrictClient, deed: str, image: Image, **fields: str) -> Any:
    return client.post(address(deed, image), {"back": "studio", **fields}, headers=HTMX)


def shown(response: Any) -> Element:
    return parse(response.content.decode())


def is_in_trash(image: Image) -> bool:
    return Image.objects.filter(pk=image.pk, deleted_at__isnull=False).exists()


@pytest.fixture
def image(cast: Cast) -> Image:
    """One of two of the same generation."""
    generation = make_generation(make_batch(cast.project, cast.contributor), images_asked=2)
    found = store_image(generation)
    store_image(generation)
    return found


def test_a_star_in_the_feed_is_ones_own(cast: Cast, image: Image) -> None:
    client, other = cast.client(cast.viewer), cast.client(cast.manager)
    before = client.get(STUDIO)
    answer = send(client, "star", image, is_starred="1")
    assert_swap_equals_reload(
        client, STUDIO, answer, before=before, by=f"#star-{image.pk}", inside="#batches"
    )
    for browser, pressed in ((client, "true"), (other, "false")):
        star = shown(browser.get(STUDIO)).find(f"#star-{image.pk}")
        assert star
        assert star.attrs["aria-pressed"] == pressed
    answer = send(client, "star", image, is_starred="0")
    assert_swap_equals_reload(
        client, STUDIO, answer, before=client.get(STUDIO), by=f"#star-{image.pk}", inside="#batches"
    )
    assert not Favourite.objects.exists()


@pytest.mark.parametrize(
    ("back", "to"), [("studio", STUDIO), ("gallery", f"{STUDIO}gallery/"), ("elsewhere", None)]
)
def test_without_script_a_star_leads_back_to_its_page(
    cast: Cast, image: Image, back: str, to: str | None
) -> None:
    answer = cast.client(cast.viewer).post(address("star", image), {"is_starred": "1", "back": back})
    assert (answer.status_code, answer["Location"]) == (302, to or address("image", image))
    assert Favourite.objects.get().person == cast.viewer


def test_deleting_in_the_feed_and_taking_it_back_is_what_a_reload_shows(cast: Cast, image: Image) -> None:
    client = cast.client(cast.contributor)
    page = shown(client.get(STUDIO))
    untouched = as_lines(page.find("#batches"))
    apply_answer(page, send(client, "trash", image), by=f"#trash-{image.pk}")
    assert as_lines(page.find("#batches")) == as_lines(shown(client.get(STUDIO)).find("#batches"))
    assert "1 of 2" in page.text()
    toast = page.find("[data-toast]")
    assert toast
    assert "Moved to the trash." in toast.text()
    undo = page.find("[data-undo]")
    assert undo
    assert undo.attrs["action"] == address("restore", image)
    assert page.find(f"#{undo.attrs['data-undo']}")
    apply_answer(page, send(client, "restore", image), by="[data-undo]")
    assert as_lines(page.find("#batches")) == untouched
    assert "Restored." in page.text()


def test_only_those_who_may_delete_are_offered_to(cast: Cast, image: Image) -> None:
    foreign = make_image(cast.project, cast.manager)
    for person, offered in (
        (cast.contributor, [image.pk]),
        (cast.manager, [foreign.pk, image.pk]),
        (cast.viewer, []),
    ):
        page = shown(cast.client(person).get(STUDIO))
        assert [pk for pk in (foreign.pk, image.pk) if page.find(f"#trash-{pk}")] == offered
    answer = send(cast.client(cast.contributor), "trash", foreign)
    assert answer.status_code == 403
    assert "Somebody else made this image" in answer.content.decode()
    assert not is_in_trash(foreign)


def test_without_script_deleting_in_the_feed_can_be_undone_too(cast: Cast, image: Image) -> None:
    client = cast.client(cast.contributor)
    answer = client.post(address("trash", image), {"back": "studio"}, follow=True)
    assert answer.redirect_chain == [(STUDIO, 302)]
    undo = shown(answer).find(f"[action={address('restore', image)}]")
    assert undo
    assert not any(name.startswith("hx-") for name in undo.attrs)
    answer = client.post(undo.attrs["action"], follow=True)
    assert answer.redirect_chain == [(address("image", image), 302)]
    assert "Restored." in shown(answer).text()
    assert not is_in_trash(image)


def test_what_is_in_the_trash_is_hidden_from_those_who_cant_restore_it(cast: Cast, image: Image) -> None:
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.manager)
    for person, status in ((cast.viewer, 404), (cast.contributor, 200), (cast.admin, 200)):
        client = cast.client(person)
        assert client.get(address("image", image)).status_code == status


def test_more_stars_need_no_more_queries(cast: Cast) -> None:
    client = cast.client(cast.contributor)

    def more() -> None:
        for _ in range(2):
            generation = make_generation(make_batch(cast.project, cast.contributor))
            images = [store_image(generation) for _ in range(2)]
            set_favourite(image=images[0], by=cast.contributor, is_favourite=True)

    assert_same_queries(client, STUDIO, more)
