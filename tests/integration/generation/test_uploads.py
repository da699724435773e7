"""Pictures to start from: sent one by one, picked from the gallery, edited, and thrown away when nobody used them."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.generation.leftovers import remove_leftovers
from studio.generation.models import Batch, Image, Upload
from studio.generation.uploads import THUMBNAIL_WIDTH, remove_unused_uploads, use_image
from studio.kit import clock
from studio.kit.storage import media_path, thumbnail_name
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.cast import Cast
from tests.pictures import encode, make_image, make_upload

pytestmark = pytest.mark.any_database

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def browser(cast: Cast) -> StrictClient:
    install_catalog()
    return cast.client(cast.contributor)


def picture(name: str = "lake.png", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, encode(800, 600) if data is None else data, "image/png")


def sent(browser: StrictClient, file: SimpleUploadedFile, status: int = 200) -> Element:
    response = browser.post("/p/spring/uploads", {"file": file}, headers=HTMX)
    assert response.status_code == status
    return parse(response.content.decode())


def values(page: Element, name: str) -> list[str]:
    return [
        element.attrs["value"]
        for element in page.find_all(f"input[name={name}]")
        if "checked" in element.attrs
    ]


def test_a_file_is_answered_with_its_thumb(browser: StrictClient) -> None:
    thumb = sent(browser, picture())
    stored = Upload.objects.get()
    box, image, link = thumb.find("input"), thumb.find("img"), thumb.find("a")
    assert box
    assert image
    assert link
    assert box.attrs["value"] == f"upload:{stored.pk}"
    assert image.attrs["src"] == f"/p/spring/uploads/{stored.pk}/thumb.webp"
    assert link.attrs["href"] == f"/p/spring/uploads/{stored.pk}/file/"
    with Pillow.open(media_path(thumbnail_name(stored.file, THUMBNAIL_WIDTH))) as small:
        assert (small.format, small.size) == ("WEBP", (320, 240))


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (
            picture("notes.png", b"no picture"),
            "“notes.png” was left out. The file is not a PNG, JPEG or WebP image.",
        ),
        (
            picture("half.png", encode(800, 600)[:300]),
            "“half.png” was left out. The image is damaged or incomplete.",
        ),
        (picture("nothing.png", b""), "“nothing.png” is empty. Choose another file."),
        (picture("large.png", b"x" * (30 * 1024 * 1024 + 1)), "“large.png” is larger than 30 MB."),
    ],
)
def test_what_is_no_picture_gets_one_sentence(
    browser: StrictClient, file: SimpleUploadedFile, sentence: str
) -> None:
    assert sentence in sent(browser, file, 422).text()
    assert not Upload.objects.exists()
    assert not [path for path in media_path("tmp/x").parent.glob("*") if path.is_file()]


def test_more_than_fifty_megapixels_are_refused(browser: StrictClient) -> None:
    data = BytesIO()
    Pillow.new("1", (8000, 6300)).save(data, "PNG")
    assert "50 megapixels" in sent(browser, picture("wall.png", data.getvalue()), 422).text().replace(
        "at most 50 are", "50 megapixels"
    )


def test_without_script_the_file_goes_into_the_form(browser: StrictClient) -> None:
    response = browser.post("/p/spring/uploads", {"file": picture()})
    assert response.status_code == 302
    page = parse(browser.get(response["Location"]).content.decode())
    stored = Upload.objects.get()
    assert f"upload:{stored.pk}" in [box.attrs.get("value") for box in page.find_all("input[type=checkbox]")]


def test_images_of_the_project_can_be_picked(browser: StrictClient, cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(26)]
    trashed = make_image(cast.project, cast.contributor)
    Image.objects.filter(pk=trashed.pk).update(deleted_at=clock.now())
    foreign = make_image(cast.team_project, cast.manager)
    first = parse(browser.get("/p/spring/references", headers=HTMX).content.decode())
    shown = [int(box.attrs["value"]) for box in first.find_all("input")]
    assert shown == [image.pk for image in reversed(images)][:24]
    more = first.find("[data-more]")
    assert more
    rest = parse(browser.get(f"/p/spring/references?before={more.attrs['data-more']}").content.decode())
    assert [int(box.attrs["value"]) for box in rest.find_all("input")] == [images[1].pk, images[0].pk]
    assert foreign.pk not in shown


def test_a_picked_image_is_copied_once_and_links_to_its_page(browser: StrictClient, cast: Cast) -> None:
    image, other = (make_image(cast.project, cast.contributor, widths=widths) for widths in ((640,), ()))
    asked = {"image": [other.pk, image.pk]}
    thumbs = parse(browser.post("/p/spring/references/use", asked, headers=HTMX).content.decode())
    uploads = [image.as_upload, other.as_upload]
    assert [box.attrs["value"] for box in thumbs.find_all("input")] == [
        f"upload:{other.as_upload.pk}",
        f"upload:{image.as_upload.pk}",
    ]
    pages = [thumb.attrs["data-page"] for thumb in thumbs.find_all("li")]
    assert pages == [f"/p/spring/images/{other.pk}/", f"/p/spring/images/{image.pk}/"]
    for upload, source in zip(uploads, (image, other), strict=True):
        assert media_path(upload.file).read_bytes() == media_path(source.file).read_bytes()
        assert media_path(thumbnail_name(upload.file, THUMBNAIL_WIDTH)).exists()
    browser.post("/p/spring/references/use", asked, headers=HTMX)
    assert Upload.objects.count() == 2
    assert remove_leftovers(older_than=timedelta(0)) == 0


@pytest.mark.parametrize("where", ["trash", "another project", "nowhere"])
def test_what_is_not_in_the_gallery_cannot_be_used(browser: StrictClient, cast: Cast, where: str) -> None:
    image = make_image(cast.team_project if where == "another project" else cast.project, cast.manager)
    if where == "trash":
        Image.objects.filter(pk=image.pk).update(deleted_at=clock.now())
    image_id = 999_999 if where == "nowhere" else image.pk
    assert browser.post("/p/spring/references/use", {"image": image_id}, headers=HTMX).status_code == 404
    assert browser.post(f"/p/spring/images/{image_id}/edit", headers=HTMX).status_code == 404
    assert browser.post("/p/spring/references/use", {"image": "x"}, headers=HTMX).status_code == 404
    assert not Upload.objects.exists()


def test_the_copy_outlives_the_image(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    copy = use_image(image=image, by=cast.contributor)
    media_path(image.file).unlink()
    assert media_path(copy.file).read_bytes() == encode()


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A fox\n\nin  the snow", "A fox in the snow"),
        ("word " * 500, "word word word word word word word word word word word word…"),
        ("", "Image without a prompt"),
    ],
)
def test_the_copy_is_called_by_the_words_of_its_prompt(cast: Cast, prompt: str, name: str) -> None:
    image = make_image(cast.project, cast.contributor, prompt=prompt)
    assert use_image(image=image, by=cast.contributor).name == name


def test_editing_opens_the_form_with_the_image_as_reference(browser: StrictClient, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    answer = parse(browser.post(f"/p/spring/images/{image.pk}/edit", headers=HTMX).content.decode())
    assert answer.find("#composer-form")
    boxes = [box for box in answer.find_all("input.check") if box.attrs.get("name", "").startswith("in-")]
    assert [box.attrs["value"] for box in boxes] == [f"upload:{image.as_upload.pk}"]


def test_editing_without_script_goes_to_the_studio(browser: StrictClient, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    response = browser.post(f"/p/spring/images/{image.pk}/edit")
    assert response.status_code == 302
    assert f"references={image.as_upload.pk}" in response["Location"]
    before = Upload.objects.count()
    assert f"upload:{image.as_upload.pk}" in browser.get(response["Location"]).content.decode()
    assert Upload.objects.count() == before


def test_the_form_follows_the_shape_of_the_image(browser: StrictClient, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, data=encode(900, 1600))
    stored = use_image(image=image, by=cast.contributor)
    page = parse(browser.get(f"/p/spring/?model=modelstream:NB2&references={stored.pk}").content.decode())
    assert values(page, "in-size") == ["9:16"]
    assert values(page, "in-images") == [f"upload:{stored.pk}"]


@pytest.mark.parametrize("named", ["999999", "x", "another project's"])
def test_references_that_are_not_there_are_left_out_with_a_sentence(
    browser: StrictClient, cast: Cast, named: str
) -> None:
    if named == "another project's":
        named = str(make_upload(cast.team_project, cast.manager).pk)
    mine = make_upload(cast.project, cast.contributor)
    address = f"/p/spring/?model=modelstream:NB2&references={mine.pk}&references={named}"
    page = parse(browser.get(address).content.decode())
    assert values(page, "in-images") == [f"upload:{mine.pk}"]
    note = page.find("#composer-form .note.bad")
    assert note
    assert note.text() == "An image that was to be used is no longer there, and was left out."


def test_more_references_than_the_model_takes_are_left_out(browser: StrictClient, cast: Cast) -> None:
    uploads = [make_upload(cast.project, cast.contributor).pk for _ in range(16)]
    query = "&".join(f"references={upload}" for upload in uploads)
    page = parse(browser.get(f"/p/spring/?model=modelstream:NB2&{query}").content.decode())
    assert len(values(page, "in-images")) == 14
    assert "takes at most 14 images, so 2 were left out" in page.text()


def test_several_files_without_script_each_get_their_sentence(browser: StrictClient) -> None:
    files = [picture("a.png"), picture("b.png", b"no"), picture("c.png", encode()[:60])]
    form = {"model": "modelstream:NB2", "in-prompt": "Bluer", "in-images": files}
    response = browser.post("/p/spring/generate", form, headers=HTMX)
    assert response.status_code == 422
    page = parse(response.content.decode())
    error = page.find("#in-images-error")
    assert error
    assert "“b.png” was left out. The file is not" in error.text()
    assert "“c.png” was left out. The" in error.text()
    assert len(values(page, "in-images")) == 1


def test_a_change_of_model_without_script_keeps_the_files(browser: StrictClient) -> None:
    shown = parse(browser.get("/p/spring/?model=modelstream:NB2").content.decode())
    was, other = (
        shown.find("input[name=was]"),
        parse(browser.get("/p/spring/?model=modelstream:NBP").content.decode()).find("input[name=was]"),
    )
    assert was
    assert other
    form = {"was": was.attrs["value"], "model": other.attrs["value"], "in-images": [picture()]}
    page = parse(browser.post("/p/spring/generate", form).content.decode())
    assert values(page, "in-images") == [f"upload:{Upload.objects.get().pk}"]
    assert not Batch.objects.exists()


def test_unused_uploads_go_after_a_week(browser: StrictClient, cast: Cast) -> None:
    old, used, fresh = (make_upload(cast.project, cast.contributor) for _ in range(3))
    Upload.objects.filter(pk__in=[old.pk, used.pk]).update(created_at=clock.now() - timedelta(days=8))
    press = {"model": "modelstream:NB2", "in-prompt": "Bluer", "in-images": f"upload:{used.pk}"}
    assert browser.post("/p/spring/generate", press, headers=HTMX).status_code == 200
    assert remove_unused_uploads() == 1
    assert set(Upload.objects.values_list("pk", flat=True)) == {used.pk, fresh.pk}
    assert not media_path(old.file).exists()
    assert media_path(used.file).exists()
    gone = {**press, "in-images": f"upload:{old.pk}"}
    response = browser.post("/p/spring/generate", gone, headers=HTMX)
    assert response.status_code == 422
    assert "A reference image is no longer there. Add it again." in response.content.decode()


def test_an_image_that_is_used_again_is_not_forgotten(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    copy = use_image(image=image, by=cast.contributor)
    Upload.objects.filter(pk=copy.pk).update(created_at=clock.now() - timedelta(days=8))
    assert use_image(image=image, by=cast.manager) == copy
    assert remove_unused_uploads() == 0


def test_the_picker_asks_the_database_no_more_for_more_images(browser: StrictClient, cast: Cast) -> None:
    from tests.bench.queries import assert_same_queries

    def make_rows() -> None:
        for _ in range(5):
            make_image(cast.project, cast.contributor)

    assert_same_queries(browser, "/p/spring/references", make_rows)


def test_an_area_is_edited_by_a_model_that_takes_a_mask(browser: StrictClient, cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    response = browser.post(f"/p/spring/images/{image.pk}/edit", {"area": "1"})
    assert response["Location"].endswith("&area=1")
    page = parse(browser.get(response["Location"]).content.decode())
    assert page.find("mask-field")
    assert values(page, "in-image_urls") == [f"upload:{image.as_upload.pk}"]
