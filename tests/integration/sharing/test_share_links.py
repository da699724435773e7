"""Share links: what their guests see and get, and what ends them."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from studio.audit.models import AuditEntry
from studio.gallery.actions import trash_images
from studio.kit.clock import now
from studio.kit.storage import media_path, thumbnail_name
from studio.people.queries import digest_of
from studio.sharing.actions import MadeLink, Terms, make_link, revoke_link
from studio.sharing.models import ShareLink
from tests.cast import Cast
from tests.pictures import PROMPT, make_batch, make_generation, make_image, store_image

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def share(cast: Cast, *images: int, **terms: Any) -> MadeLink:
    return make_link(
        project=cast.project, image_ids=images, terms=Terms("Shortlist", 30, **terms), by=cast.contributor
    )


def page(made: MadeLink) -> str:
    return f"/share/{made.token}/"


def body(response: Any) -> bytes:
    """Return the bytes of a streamed answer."""

    async def read() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    return async_to_sync(read)()


def marked_png() -> bytes:
    """Return a picture that carries words of its own, as providers' files do."""
    words = PngInfo()
    words.add_text("parameters", "SECRET RECIPE")
    data = BytesIO()
    Pillow.new("RGB", (2000, 1000), "teal").save(data, "PNG", pnginfo=words)
    return data.getvalue()


def test_a_guest_sees_the_chosen_pictures_and_no_word_about_them(cast: Cast) -> None:
    chosen, other = (make_image(cast.project, cast.contributor) for _ in range(2))
    made = share(cast, chosen.pk)
    answer = cast.client().get(page(made))
    text = answer.content.decode()
    assert f"{page(made)}images/{chosen.pk}/640.webp" in text
    assert f"images/{other.pk}/" not in text
    assert PROMPT not in text
    assert "/p/spring" not in text
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Cache-Control"] == "private, no-store"
    made.link.refresh_from_db()
    assert made.link.opened_count == 1


def test_prompts_are_shown_where_they_are_allowed(cast: Cast) -> None:
    made = share(cast, make_image(cast.project, cast.contributor).pk, shows_prompts=True)
    assert PROMPT in cast.client().get(page(made)).content.decode()


def test_copies_are_small_and_carry_no_metadata_even_before_thumbnails_are_made(cast: Cast) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor))
    image = store_image(generation, marked_png(), widths=())
    made = share(cast, image.pk)
    for address in ("640.webp", "99999.webp", "download"):
        answer = cast.client().get(f"{page(made)}images/{image.pk}/{address}")
        data = body(answer)
        assert answer["Content-Type"] == "image/webp"
        assert b"SECRET" not in data
        with Pillow.open(BytesIO(data)) as copy:
            assert copy.width <= 1280
        assert "max-age=0" in answer["Cache-Control"]
    assert media_path(thumbnail_name(image.file, 640)).exists()
    # Without the originals there is nothing to take all at once.
    assert cast.client().get(f"{page(made)}all.zip").status_code == 409


def test_originals_come_only_where_they_are_allowed(cast: Cast) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor))
    image = store_image(generation, marked_png())
    made = share(cast, image.pk, gives_originals=True)
    original = cast.client().get(f"{page(made)}images/{image.pk}/download")
    assert body(original) == marked_png()
    assert "attachment" in original["Content-Disposition"]


@pytest.mark.parametrize("end", ["revoked", "expired", "trashed"])
def test_a_picture_ends_with_its_link_and_with_the_trash(cast: Cast, end: str) -> None:
    image = make_image(cast.project, cast.contributor)
    made = share(cast, image.pk)
    guest, copy = cast.client(), f"{page(made)}images/{image.pk}/640.webp"
    known = guest.get(copy)["ETag"]
    if end == "revoked":
        revoke_link(link=made.link, by=cast.contributor)
    elif end == "expired":
        ShareLink.objects.update(expires_at=now() - timedelta(seconds=1))
    else:
        trash_images(project=cast.project, image_ids=[image.pk], by=cast.contributor)
    assert guest.get(copy).status_code == 404
    assert guest.get(copy, headers={"If-None-Match": known}).status_code == 404
    text = guest.get(page(made)).content.decode()
    assert f"images/{image.pk}/" not in text
    assert ("This link has ended" in text) == (end != "trashed")
    assert ("Shortlist" in text) == (end != "revoked")


def test_a_project_link_shows_what_the_gallery_shows_now(cast: Cast) -> None:
    made = share(cast)
    later = make_image(cast.project, cast.contributor)
    foreign = make_image(cast.team_project, cast.contributor)
    text = cast.client().get(page(made)).content.decode()
    assert f"images/{later.pk}/" in text
    assert f"images/{foreign.pk}/" not in text
    assert cast.client().get(f"{page(made)}images/{foreign.pk}/640.webp").status_code == 404


def test_a_password_is_asked_for_once_and_guessing_it_ends(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    made = share(cast, image.pk, password="open sesame")
    guest, copy = cast.client(), f"{page(made)}images/{image.pk}/640.webp"
    assert "Shortlist" not in guest.get(page(made)).content.decode()
    assert guest.get(copy).status_code == 404
    assert guest.post(f"{page(made)}unlock", {"password": "open sesame"}).status_code == 302
    assert "Shortlist" in guest.get(page(made)).content.decode()
    assert guest.get(copy).status_code == 200
    other = cast.client()
    tries = [other.post(f"{page(made)}unlock", {"password": f"guess {n}"}).status_code for n in range(11)]
    assert tries == [422] * 9 + [429] * 2
    right = other.post(f"{page(made)}unlock", {"password": "open sesame"})
    assert right.status_code == 429
    assert "Wait a quarter of an hour" in right.content.decode()


def test_the_address_is_shown_once_and_a_renewed_link_has_another(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    client = cast.client(cast.contributor)
    given = {"image": image.pk, "title": "Shortlist", "days": "30"}
    text = client.post("/p/spring/share/make", given).content.decode()
    token = text.split('value="http')[1].split("/share/")[1].split("/")[0]
    link = ShareLink.objects.get()
    assert link.token_digest == digest_of(token)
    assert token not in client.get("/p/spring/links/").content.decode()
    again = client.post(f"/p/spring/links/{link.pk}/renew").content.decode()
    assert token not in again
    assert cast.client().get(f"/share/{token}/").status_code == 404
    client.post(f"/p/spring/links/{link.pk}/revoke")
    assert client.post(f"/p/spring/links/{link.pk}/renew").status_code == 409
    verbs = AuditEntry.objects.filter(verb__startswith="share.").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["share.made", "share.renewed", "share.revoked"]


def test_what_is_not_in_the_gallery_cannot_be_shared(cast: Cast) -> None:
    elsewhere = make_image(cast.team_project, cast.contributor)
    gone = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[gone.pk], by=cast.contributor)
    for image in (elsewhere, gone):
        sent = {"image": [image.pk], "title": "Shortlist", "days": "30"}
        answer = cast.client(cast.contributor).post(f"/p/{cast.project.slug}/share/make", sent)
        assert answer.status_code == 409
        assert "no longer in the gallery" in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_nothing_ticked_shares_nothing_instead_of_everything(cast: Cast) -> None:
    answer = cast.client(cast.contributor).post("/p/spring/share/", {"back": "gallery"})
    assert answer.status_code == 422
    assert "Nothing is selected" in answer.content.decode()


def test_a_contributor_lists_their_own_links_a_manager_all(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    make_link(project=cast.project, image_ids=[image.pk], terms=Terms("By the manager", 7), by=cast.manager)
    share(cast, image.pk)
    own = cast.client(cast.contributor).get("/p/spring/links/").content.decode()
    every = cast.client(cast.manager).get("/p/spring/links/").content.decode()
    assert "By the manager" not in own
    assert "Shortlist" in own
    assert "By the manager" in every
    assert "Shortlist" in every
    assert "By the manager" in cast.client(cast.admin).get("/admin/links/").content.decode()
