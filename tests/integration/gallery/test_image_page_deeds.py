"""What the page of an image offers: within a search, in the trash, and where it came from."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studio.gallery.actions import set_favourite, trash_images
from studio.gallery.filters import Filters
from studio.gallery.places import place_of
from studio.generation.actions import retry
from studio.generation.models import Image, Status, Upload
from studio.kit.clock import now
from studio.people.models import User
from studio.projects.actions import archive_project
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_image, make_upload, store_image

pytestmark = pytest.mark.any_database

EDITING = ("mountsea", "nano-banana-2-edit")


def address(image: Image, deed: str = "image") -> str:
    return reverse(f"gallery:{deed}", args=[image.project.slug, image.pk])


def look(cast: Cast, image: Image, person: User | None = None, query: str = "") -> Element:
    answer = cast.client(person or cast.contributor).get(address(image) + query)
    assert answer.status_code == 200
    return parse(answer.content.decode())


def link_to(page: Element, rel: str) -> str:
    link = page.find(f"[rel={rel}]")
    return link.attrs["href"] if link else ""


def copy_of(image: Image, by: User) -> Upload:
    upload = make_upload(image.project, by)
    Upload.objects.filter(pk=upload.pk).update(source=image, name="copy.png")
    return Upload.objects.get(pk=upload.pk)


def made_from(cast: Cast, *uploads: Upload) -> Image:
    batch = make_batch(cast.project, cast.contributor, model=EDITING, uploads=uploads)
    return store_image(make_generation(batch))


def test_neighbours_are_those_of_the_search(cast: Cast) -> None:
    authors = [cast.contributor, cast.manager] * 3
    mine = [make_image(cast.project, author) for author in authors][::2]
    query = f"?by={cast.contributor.pk}"
    page = look(cast, mine[1], query=f"{query}&nonsense=1")
    assert link_to(page, "prev") == address(mine[2]) + query
    assert link_to(page, "next") == address(mine[0]) + query
    assert "2 of 3" in page.text()
    back = page.find(".viewer-back")
    assert back
    assert back.attrs["href"] == reverse("gallery:project", args=["spring"]) + query
    timeline = look(cast, mine[1], query=f"{query}&show=timeline")
    assert link_to(timeline, "next") == f"{address(mine[0])}{query}&show=timeline"


def test_deleting_goes_on_within_the_search(cast: Cast) -> None:
    older, image, newer = (make_image(cast.project, cast.contributor) for _ in range(3))
    make_image(cast.project, cast.manager)
    query = f"?by={cast.contributor.pk}"
    client = cast.client(cast.contributor)
    for gone, shown in ((image, older), (older, newer)):
        button = look(cast, gone, query=query).find(f"#trash-{gone.pk}")
        form = button.closest("form") if button else None
        assert form
        answer = client.post(form.attrs["action"])
        assert (answer.status_code, answer["Location"]) == (302, address(shown) + query)
    answer = client.post(address(newer, "trash") + query)
    assert answer["Location"] == reverse("gallery:project", args=["spring"]) + query


def test_places_are_counted_as_far_as_it_is_cheap(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(5)]
    words = [place_of(image, Filters(), cast.viewer, counted=3).words for image in reversed(images)]
    assert words == ["1 of 3+", "2 of 3+", "3 of 3+", "", ""]
    with CaptureQueriesContext(connection) as captured:
        place = place_of(images[2], Filters(), cast.viewer)
    assert (place.newer, place.older) == (images[3], images[1])
    assert len(captured) == 2


def test_the_star_is_what_a_reload_shows(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    client = cast.client(cast.viewer)
    before = client.get(address(image))
    answer = client.post(
        address(image, "star"), {"is_starred": "1", "back": "image"}, headers={"HX-Request": "true"}
    )
    assert_swap_equals_reload(client, address(image), answer, before=before, by=f"#star-{image.pk}")
    star = look(cast, image, cast.viewer).find(f"#star-{image.pk}")
    assert star
    assert star.attrs["aria-pressed"] == "true"


def test_in_the_trash_it_says_for_how_long(cast: Cast) -> None:
    make_image(cast.project, cast.contributor)
    image = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.manager)
    trash_page = reverse("gallery:trash_page", args=["spring"])
    listed = parse(cast.client(cast.contributor).get(trash_page).content.decode())
    assert listed.find(f"[href={address(image)}]")
    page = look(cast, image)
    back = page.find(".viewer-back")
    assert back
    assert back.attrs["href"] == trash_page
    assert page.find("[rel=next]") is None
    banner = page.find(".in-trash")
    assert banner
    assert "In the trash, 30 days left. Deleted by The manager · Today" in banner.text()
    Image.objects.update(deleted_at=now() - timedelta(days=29, hours=2))
    page = look(cast, image)
    assert "1 day left" in page.text()
    assert page.find(f"#star-{image.pk}") is None
    assert page.find(f"#trash-{image.pk}") is None
    Image.objects.update(deleted_at=now() - timedelta(days=30, hours=2), deleted_by=None)
    assert "it leaves tonight. It came after its generation was cancelled." in look(cast, image).text()


def test_others_images_are_not_offered_for_deleting(cast: Cast) -> None:
    image = make_image(cast.project, cast.manager)
    delete = f"#trash-{image.pk}"
    assert look(cast, image, cast.contributor).find(delete) is None
    assert look(cast, image, cast.viewer).find(delete) is None
    assert look(cast, image, cast.admin).find(delete)
    archive_project(project=cast.project, by=cast.manager)
    assert look(cast, image, cast.manager).find(delete) is None


def test_where_it_came_from_and_what_came_of_it(cast: Cast) -> None:
    parent = make_image(cast.project, cast.contributor)
    theirs = make_upload(cast.project, cast.contributor)
    image = made_from(cast, theirs, copy_of(parent, cast.contributor))
    mine = copy_of(image, cast.contributor)
    children = [made_from(cast, mine) for _ in range(9)]
    trash_images(project=cast.project, image_ids=[children[0].pk], by=cast.contributor)
    tree = look(cast, image).find(".tree")
    assert tree
    hrefs = [link.attrs["href"] for link in tree.find_all("a")]
    file = reverse("gallery:upload_file", args=["spring", theirs.pk])
    assert hrefs == [file, address(parent), *(address(child) for child in children[:1:-1])]
    assert tree.text().endswith("+1")
    assert "8 made from it" in look(cast, image).text()
    assert look(cast, parent).find(f"[href={address(image)}]")
    assert look(cast, make_image(cast.project, cast.contributor)).find(".tree") is None


def test_a_source_in_the_trash_is_shown_as_gone(cast: Cast) -> None:
    parent = make_image(cast.project, cast.contributor)
    image = made_from(cast, copy_of(parent, cast.contributor))
    trash_images(project=cast.project, image_ids=[parent.pk], by=cast.contributor)
    gone = look(cast, image).find(".gone")
    assert gone
    assert gone.attrs["title"] == "Reference image, deleted since"
    assert look(cast, image).find(f"[href={address(parent)}]") is None


def test_a_retry_leads_to_what_it_retries(cast: Cast) -> None:
    failed = make_generation(
        make_batch(cast.project, cast.contributor),
        status=Status.FAILED,
        finished_at=now(),
        next_action_at=None,
    )
    again = retry(generation=failed, by=cast.contributor).generations.get()
    image = store_image(again)
    link = reverse("generation:detail", args=["spring", failed.pk])
    assert f"retry of {failed.pk}" in look(cast, image).text()
    assert look(cast, image).find(f"[href={link}]")


def test_the_full_request_names_its_uploads(cast: Cast) -> None:
    upload = make_upload(cast.project, cast.contributor)
    image = made_from(cast, upload)
    request = look(cast, image).find("#full-request-text")
    assert request
    assert '"model": "mountsea:nano-banana-2-edit"' in request.text()
    assert f"upload {upload.pk}: reference.png" in request.text()


def test_relatives_need_no_more_queries(cast: Cast) -> None:
    parent = make_image(cast.project, cast.contributor)
    image = made_from(cast, copy_of(parent, cast.contributor))
    mine = copy_of(image, cast.contributor)

    def more() -> None:
        for _ in range(2):
            made_from(cast, mine)
            image.generation.batch.uploads.add(make_upload(cast.project, cast.contributor))
        set_favourite(image=image, by=cast.contributor, is_favourite=True)

    assert_same_queries(cast.client(cast.contributor), address(image), more)


@pytest.mark.parametrize(
    ("model", "control"),
    [
        ("nano-banana-2", None),
        ("nano-banana-2-edit", None),
        ("gpt-image-2", "in-mask_url"),
        ("gpt-image-2-edit", "in-mask_url"),
    ],
)
def test_an_area_is_edited_where_the_model_takes_a_mask(cast: Cast, model: str, control: str | None) -> None:
    image = store_image(
        make_generation(make_batch(cast.project, cast.contributor, model=("mountsea", model)))
    )
    edit = reverse("generation:edit", args=["spring", image.pk])
    page = look(cast, image)
    forms = {
        form.text(): form.attrs["action"]
        for form in page.find_all("form")
        if edit in form.attrs.get("action", "")
    }
    expected = {"Edit image": edit} | ({"Edit area": f"{edit}#{control}"} if control else {})
    assert forms == expected
    assert not [
        form
        for form in look(cast, image, cast.viewer).find_all("form")
        if edit in form.attrs.get("action", "")
    ]
