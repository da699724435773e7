"""What is done to several images at once: star, delete, restore; and the trash."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.gallery import trash
from studio.gallery.actions import trash_images
from studio.gallery.selecting import MOST_CHANGED
from studio.generation.models import Favourite, Image
from studio.kit.clock import now
from studio.kit.storage import media_path
from studio.live.models import Change
from studio.people.models import User
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import apply_answer, as_lines
from tests.cast import Cast
from tests.pictures import make_image

pytestmark = pytest.mark.any_database

HTMX = {"HX-Request": "true"}


def url(cast: Cast, route: str) -> str:
    return reverse(f"gallery:{route}", args=[cast.project.slug])


def send(cast: Cast, route: str, person: User, *images: Image, htmx: bool = False, **data: Any) -> Any:
    given = {"image": [image.pk for image in images], **data}
    headers = {**HTMX, "HX-Current-URL": "http://testserver" + url(cast, "project")} if htmx else {}
    return cast.client(person).post(url(cast, route), given, headers=headers)


def in_gallery(cast: Cast, person: User) -> Element:
    return parse(cast.client(person).get(url(cast, "project")).content.decode())


def in_trash(cast: Cast, person: User, query: str = "") -> Element:
    return parse(cast.client(person).get(url(cast, "trash_page") + query).content.decode())


def shown(page: Element) -> list[int]:
    return [int(card.attrs["id"].removeprefix("image-")) for card in page.find_all(".card")]


@pytest.fixture
def images(cast: Cast) -> list[Image]:
    return [make_image(cast.project, cast.contributor) for _ in range(4)]


def test_the_selected_are_starred_for_oneself(cast: Cast, images: list[Image]) -> None:
    Favourite.objects.create(image=images[0], person=cast.viewer, project=cast.project)
    client = cast.client(cast.viewer)
    client.post(url(cast, "star_selected"), {"image": [image.pk for image in images[:2]]})
    assert [star.person for star in Favourite.objects.all()] == [cast.viewer, cast.viewer]
    page = parse(client.get(url(cast, "project")).content.decode())
    assert len(page.find_all(".star [aria-pressed=true]")) == 2
    assert "1 image starred." in page.find("toast-region").text()  # type: ignore[union-attr]
    assert not in_gallery(cast, cast.manager).find(".star [aria-pressed=true]")


def test_deleting_and_undoing_without_script(cast: Cast, images: list[Image]) -> None:
    client = cast.client(cast.contributor)
    client.post(url(cast, "trash_selected"), {"image": [images[0].pk, images[1].pk]})
    page = parse(client.get(url(cast, "project")).content.decode())
    assert shown(page) == [images[3].pk, images[2].pk]
    toast = page.find("toast-region form")
    assert toast
    assert "2 images moved to the trash." in page.find("toast-region").text()  # type: ignore[union-attr]
    assert client.post(toast.attrs["action"]).status_code == 302
    assert len(shown(in_gallery(cast, cast.viewer))) == 4


def test_deleting_and_undoing_swaps_the_tiles_and_the_counts(cast: Cast, images: list[Image]) -> None:
    client = cast.client(cast.contributor)
    whole = client.get(url(cast, "project"))
    page = parse(whole.content.decode())
    answer = send(cast, "trash_selected", cast.contributor, *images[:3], htmx=True)
    apply_answer(page, answer, by="#selection")
    assert shown(page) == [images[3].pk]
    assert page.find("#gallery-count").text() == "1 image"  # type: ignore[union-attr]
    assert page.find(".sect .num").text() == "1 image by The contributor"  # type: ignore[union-attr]
    undo = page.find("toast-region form")
    assert undo
    ids = [field.attrs["value"] for field in undo.find_all("[name=image]")]
    answer = client.post(
        undo.attrs["hx-post"],
        {"image": ids},
        headers={**HTMX, "HX-Current-URL": "http://testserver" + url(cast, "project")},
    )
    apply_answer(page, answer, by="#selection")
    reloaded = parse(client.get(url(cast, "project")).content.decode())
    for part in ("#gallery-days", "#gallery-count"):
        assert as_lines(page.find(part)) == as_lines(reloaded.find(part))


def test_counts_after_deleting_are_those_of_the_search(cast: Cast, images: list[Image]) -> None:
    make_image(cast.project, cast.contributor, prompt="something else")
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{url(cast, 'project')}?q=ridges"}
    answer = cast.client(cast.manager).post(
        url(cast, "trash_selected"), {"image": images[0].pk}, headers=headers
    )
    page = parse(answer.content.decode())
    assert page.find("#gallery-count").text() == "3 of 4"  # type: ignore[union-attr]


def test_all_or_nothing_is_deleted(cast: Cast, images: list[Image]) -> None:
    foreign = make_image(cast.project, cast.manager)
    response = send(cast, "trash_selected", cast.contributor, images[0], foreign, htmx=True)
    assert response.status_code == 403
    assert "1 of these 2 images isn’t yours" in response.content.decode()
    assert not Image.objects.filter(deleted_at__isnull=False).exists()


def test_what_is_elsewhere_is_left_alone(cast: Cast, images: list[Image]) -> None:
    elsewhere = make_image(cast.team_project, cast.manager)
    send(cast, "trash_selected", cast.manager, images[0], elsewhere)
    elsewhere.refresh_from_db()
    assert elsewhere.deleted_at is None


@pytest.mark.parametrize(
    "route", ["star_selected", "trash_selected", "restore_selected", "purge_selected", "download"]
)
@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ([], "Nothing is selected."),
        (["x", "-1"], "Nothing is selected."),
        (range(1, MOST_CHANGED + 2), "at once"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(
    cast: Cast, route: str, chosen: Any, sentence: str
) -> None:
    response = cast.client(cast.manager).post(url(cast, route), {"image": list(chosen)})
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_zip_of_too_many_is_refused_with_what_to_do(cast: Cast) -> None:
    response = cast.client(cast.viewer).post(url(cast, "download"), {"image": list(range(1, 502))})
    assert response.status_code == 422
    assert (
        "501 images are selected, but this works for up to 500 at once. Select fewer, and do the rest afterwards."
        in parse(response.content.decode()).text()
    )


@pytest.mark.parametrize("route", ["star_selected", "trash_selected", "restore_selected"])
@pytest.mark.parametrize(
    ("search", "to"),
    [
        ("", ""),
        ("q=misty+ridges&starred=1", "?q=misty+ridges&starred=1"),
        ("&before=7", "?before=7"),
        ("when=week&before=7", "?when=week&before=7"),
        ("//elsewhere.example/?q=x", ""),
        ("next=https://elsewhere.example&before=x", ""),
    ],
)
def test_without_script_a_deed_leads_back_to_the_search_it_came_from(
    cast: Cast, images: list[Image], route: str, search: str, to: str
) -> None:
    sent = {"image": images[0].pk, "back": "gallery", "search": search}
    answer = cast.client(cast.manager).post(url(cast, route), sent)
    assert (answer.status_code, answer["Location"]) == (302, url(cast, "project") + to)


def test_what_concerns_others_is_written_down_and_all_is_told_to_open_pages(
    cast: Cast, images: list[Image]
) -> None:
    told = Change.objects.count()
    send(cast, "star_selected", cast.manager, *images[:2])
    send(cast, "trash_selected", cast.manager, *images[:2])
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert "images.trashed" in verbs
    assert "images.starred" not in verbs
    assert Change.objects.count() == told + 4


def test_the_trash_says_who_deleted_what_and_for_how_long_it_stays(cast: Cast, images: list[Image]) -> None:
    trash_images(project=cast.project, image_ids=[image.pk for image in images[:3]], by=cast.manager)
    Image.objects.filter(pk=images[0].pk).update(deleted_at=now() - timedelta(days=28))
    Image.objects.filter(pk=images[1].pk).update(deleted_by=None)
    page = in_trash(cast, cast.contributor)
    assert shown(page) == [images[2].pk, images[1].pk, images[0].pk]
    assert [left.text() for left in page.find_all(".left")] == ["30 days left", "30 days left", "2 days left"]
    assert len(page.find_all(".left.soon")) == 1
    captions = [caption.text() for caption in page.find_all(".cap .cm")]
    assert captions[0] == "The manager deleted this"
    assert captions[1] == "Cancelled came after it was cancelled"
    assert page.find("#trash-sums").text().startswith("3 images, ")  # type: ignore[union-attr]
    assert [title.text() for title in page.find_all("h2")][:1] == ["Deleted today"]
    assert not page.find("[formaction=/p/spring/trash/delete]")


def test_one_sees_in_the_trash_what_one_may_bring_back(cast: Cast, images: list[Image]) -> None:
    foreign = make_image(cast.project, cast.manager)
    ids = [images[0].pk, foreign.pk]
    trash_images(project=cast.project, image_ids=ids, by=cast.manager)
    assert shown(in_trash(cast, cast.contributor)) == [images[0].pk]
    assert shown(in_trash(cast, cast.manager)) == [foreign.pk, images[0].pk]
    refused = cast.client(cast.viewer).get(url(cast, "trash_page"))
    assert refused.status_code == 403
    assert not in_gallery(cast, cast.viewer).find("[aria-label=Trash]")


def test_an_empty_trash_says_so(cast: Cast) -> None:
    assert "The trash is empty" in in_trash(cast, cast.contributor).text()


def test_pages_of_the_trash_neither_lose_nor_repeat_an_image(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [make_image(cast.project, cast.contributor, widths=()) for _ in range(7)]
    same = now() - timedelta(days=2)
    Image.objects.filter(id__in=[image.pk for image in images]).update(deleted_at=same)
    Image.objects.filter(pk=images[2].pk).update(deleted_at=now())
    monkeypatch.setattr(trash, "PAGE_SIZE", 3)
    page = in_trash(cast, cast.manager)
    found = shown(page)
    while more := page.find(".load-more"):
        page = parse(cast.client(cast.manager).get(more.attrs["hx-get"], headers=HTMX).content.decode())
        found += shown(page)
    assert found == [images[2].pk, *(image.pk for image in reversed(images) if image != images[2])]
    assert shown(in_trash(cast, cast.manager, "?before=nonsense")) == found[:3]
    assert in_trash(cast, cast.manager, f"?before={'9' * 18}-1").find("#trash-sums")


def test_one_is_restored_from_the_trash(cast: Cast, images: list[Image]) -> None:
    trash_images(project=cast.project, image_ids=[images[0].pk, images[1].pk], by=cast.manager)
    page = in_trash(cast, cast.manager)
    answer = cast.client(cast.manager).post(
        url(cast, "restore_selected"),
        {"only": images[0].pk, "image": images[1].pk, "back": "trash"},
        headers=HTMX,
    )
    apply_answer(page, answer, by="#selection")
    assert shown(page) == [images[1].pk]
    assert page.find("#trash-sums").text().startswith("1 image, ")  # type: ignore[union-attr]
    response = send(cast, "restore_selected", cast.manager, images[1], back="trash")
    assert response["Location"] == url(cast, "trash_page")
    assert len(shown(in_gallery(cast, cast.viewer))) == 4


def test_all_that_one_may_is_restored_at_once(cast: Cast, images: list[Image]) -> None:
    foreign = make_image(cast.project, cast.manager)
    trash_images(project=cast.project, image_ids=[images[0].pk, images[1].pk, foreign.pk], by=cast.manager)
    cast.client(cast.contributor).post(url(cast, "restore_all"))
    assert shown(in_trash(cast, cast.manager)) == [foreign.pk]


def test_deleting_for_good_takes_the_file_and_leaves_the_generation(
    cast: Cast, images: list[Image], django_capture_on_commit_callbacks: Any
) -> None:
    trash_images(project=cast.project, image_ids=[images[0].pk, images[1].pk], by=cast.manager)
    with django_capture_on_commit_callbacks(execute=True):
        send(cast, "purge_selected", cast.manager, images[0], images[2])
    assert not Image.objects.filter(pk=images[0].pk).exists()
    assert not media_path(images[0].file).exists()
    images[0].generation.refresh_from_db()
    assert Image.objects.filter(pk=images[2].pk).exists()
    with django_capture_on_commit_callbacks(execute=True):
        cast.client(cast.manager).post(url(cast, "empty_trash"))
    assert not Image.objects.filter(deleted_at__isnull=False).exists()


def test_an_archived_project_keeps_what_is_in_its_trash(cast: Cast, images: list[Image]) -> None:
    trash_images(project=cast.project, image_ids=[images[0].pk], by=cast.manager)
    cast.project.archived_at = now()
    cast.project.save()
    assert cast.client(cast.manager).get(url(cast, "trash_page")).status_code == 403
    assert send(cast, "restore_selected", cast.manager, images[0]).status_code == 403


def test_the_trash_needs_the_same_queries_for_any_number_of_images(cast: Cast, settings: Settings) -> None:
    def make_rows() -> None:
        rows = [make_image(cast.project, cast.contributor, widths=()).pk for _ in range(3)]
        trash_images(project=cast.project, image_ids=rows, by=cast.contributor)

    assert_same_queries(cast.client(cast.manager), url(cast, "trash_page"), make_rows)
