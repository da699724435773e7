"""The page of an image: all that is known about it, its neighbours and its batch."""

import pytest
from django.urls import reverse

from studio.generation.models import Generation, Image
from studio.keys.models import ApiKey
from studio.people.models import User
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast
from tests.pictures import PROMPT, encode, make_batch, make_generation, make_image, note_timeline, store_image

pytestmark = pytest.mark.any_database


def address(image: Image) -> str:
    return reverse("gallery:image", args=[image.project.slug, image.pk])


def look(cast: Cast, image: Image, person: User | None = None, **query: str) -> Element:
    return parse(cast.client(person or cast.viewer).get(address(image), query).content.decode())


def facts(page: Element) -> dict[str, str]:
    terms = [
        (term.text(), value.text())
        for term, value in zip(page.find_all("dt"), page.find_all("dd"), strict=True)
    ]
    return dict(terms)


def test_the_page_says_all_that_is_known(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor, aspect_ratio="4:5", resolution="2K")
    generation = make_generation(batch, result_text="Five layers,\nas you asked.")
    image = store_image(generation, encode(800, 1000))
    page = look(cast, image)
    said = facts(page)
    assert said["Model"] == batch.model.name
    assert said["Aspect ratio"] == "4:5"
    assert said["Resolution"] == "2K"
    assert said["Size"] == "800 × 1000 4:5"
    assert said["Format"].startswith("PNG")
    assert said["Time"] == "12 s 0.4 s queued"
    assert said["Provider"] == "Mountsea Hub"
    assert said["Task"] == generation.task_id
    assert PROMPT in page.text()
    assert "Five layers, as you asked." in page.text()
    assert "The contributor" in page.text()
    hash_button = page.find(f"[data-copy={image.sha256}]")
    assert hash_button


def test_a_picture_of_the_sandbox_is_called_so(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    key = ApiKey.objects.create(provider=batch.model.provider, label="Sandbox", is_sandbox=True)
    image = store_image(make_generation(batch, key=key), encode(800, 1000))
    assert facts(look(cast, image))["Provider"] == "Mountsea Hub by the sandbox"
    generation = reverse("generation:detail", args=[cast.project.slug, image.generation_id])
    page = parse(cast.client(cast.viewer).get(generation).content.decode())
    assert facts(page)["Provider"] == "Mountsea Hub by the sandbox"


def test_all_or_a_part_can_be_reused_and_the_original_downloaded(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    links = {link.text(): link.attrs["href"] for link in look(cast, image, cast.contributor).find_all("a")}
    studio = f"{reverse('generation:studio', args=[cast.project.slug])}?reuse={image.generation_id}"
    assert links["Reuse these settings"] == studio
    assert links["Prompt only"] == f"{studio}&part=prompt"
    assert links["Settings only"] == f"{studio}&part=settings"
    assert links["Download"] == reverse("gallery:file", args=[cast.project.slug, image.pk]) + "?download=1"
    offered = {link.text() for link in look(cast, image, cast.viewer).find_all("a")}
    assert "Download" in offered
    assert not {"Reuse these settings", "Prompt only", "Settings only"} & offered


def test_neighbours_are_those_of_the_gallery(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(3)]
    make_image(cast.team_project, cast.contributor)
    page = look(cast, images[1])
    newer, older = page.find("[rel=prev]"), page.find("[rel=next]")
    assert newer
    assert older
    assert newer.attrs["href"] == address(images[2])
    assert older.attrs["href"] == address(images[0])
    assert "2 of 3" in page.text()
    assert look(cast, images[2]).find("[rel=prev]") is None
    assert look(cast, images[0]).find("[rel=next]") is None


def test_the_strip_shows_the_batch_in_its_order(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    second = store_image(make_generation(batch, position=1))
    first = store_image(make_generation(batch, position=0))
    strip = look(cast, first).find(".strip")
    assert strip
    links = strip.find_all("a")
    assert [link.attrs["href"] for link in links] == [address(first), address(second)]
    assert [link.attrs.get("aria-current") for link in links] == ["page", None]
    assert look(cast, make_image(cast.project, cast.contributor)).find(".strip") is None


def test_the_timeline_reads_like_a_receipt(cast: Cast) -> None:
    generation = make_generation(make_batch(cast.project, cast.contributor))
    note_timeline(generation)
    page = look(cast, store_image(generation), show="timeline")
    steps = [step.text() for step in page.find_all(".rec b")]
    assert steps == ["Queued", "Held", "Sending", "Submitted", "Ready", "Stored", "Settled"]
    gaps = [gap.text() for gap in page.find_all(".gap")]
    assert gaps == ["11 s The provider was at work"]
    assert "Waiting 0.4 s" in page.text()


def test_the_way_to_the_neighbours_keeps_the_timeline_open(cast: Cast) -> None:
    images = [make_image(cast.project, cast.contributor) for _ in range(2)]
    older = look(cast, images[1], show="timeline").find("[rel=next]")
    assert older
    assert older.attrs["href"] == f"{address(images[0])}?show=timeline"


def test_a_life_without_moments_is_shown_too(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, prompt="")
    Generation.objects.filter(pk=image.generation_id).update(submitted_at=None, ready_at=None, task_id="")
    assert "Without a prompt" in look(cast, image).text()
    assert "Nothing was noted" in look(cast, image, show="timeline").text()


def test_the_page_needs_the_same_queries_for_any_batch(cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    image = store_image(make_generation(batch))
    positions = iter(range(1, 20))

    def make_rows() -> None:
        for _ in range(3):
            store_image(make_generation(batch, position=next(positions)))

    assert_same_queries(cast.client(cast.viewer), address(image), make_rows)


@pytest.mark.parametrize(
    ("size", "ratio"), [((1024, 1024), "1:1"), ((1376, 768), "16:9"), ((896, 1120), "4:5"), ((1000, 37), "")]
)
def test_ratios_are_said_as_people_say_them(cast: Cast, size: tuple[int, int], ratio: str) -> None:
    image = make_image(cast.project, cast.contributor)
    Image.objects.filter(pk=image.pk).update(width=size[0], height=size[1])
    assert facts(look(cast, image))["Size"] == f"{size[0]} × {size[1]} {ratio}".strip()
