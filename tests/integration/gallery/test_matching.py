"""Which images fit the filters: the database against a plain reading of the same rows, on both databases."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.catalog.models import ImageModel
from studio.gallery import index
from studio.gallery.actions import purge_images, trash_images
from studio.gallery.filters import Filters
from studio.gallery.matching import Matching
from studio.gallery.typed import Term
from studio.gallery.words import words_of
from studio.generation.models import Favourite, Image
from studio.kit.clock import now
from tests.cast import Cast
from tests.pictures import encode, make_batch, make_generation, make_image, store_image

WORDS = ["misty", "mist", "Ridges", "CAFÉ", "夜の山", "close-up", "4k", "don't", "ridge"]
SIZES = [(32, 20), (20, 32), (24, 24)]
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Gallery:
    """Random images of three people and three models over ten days, some in the trash, some marked."""

    cast: Cast
    images: list[Image]
    starred: set[int]

    def expected(self, filters: Filters) -> list[int]:
        return [image.pk for image in reversed(self.images) if self._fits(image, filters)]

    def found(self, filters: Filters, **page: Any) -> list[int]:
        matching = Matching(self.cast.project.pk, self.cast.viewer.pk, filters)
        return run(matching.ids(**{"limit": 1000, **page}))

    def _fits(self, image: Image, filters: Filters) -> bool:
        first, last = filters.days(timezone.localdate(now()))
        day = timezone.localdate(image.created_at)
        return (
            image.deleted_at is None
            and image.model_id in (filters.models or [image.model_id])
            and image.author_id in (filters.authors or [image.author_id])
            and image.shape in (filters.shapes or [image.shape])
            and (image.pk in self.starred or not filters.is_starred)
            and (first is None or day >= first)
            and (last is None or day <= last)
            and all(has(image.generation.batch.prompt, term) for term in filters.terms)
        )


def has(prompt: str, term: Term) -> bool:
    words = words_of(prompt)
    runs = [words[start : start + len(term.words)] for start in range(len(words))]
    fits = any(fit(run, term) for run in runs)
    return fits is not term.is_excluded


def fit(words: list[str], term: Term) -> bool:
    *first, last = term.words
    if len(words) != len(term.words) or words[:-1] != first:
        return False
    return words[-1].startswith(last) if term.is_prefix else words[-1] == last


def run(sql: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    chance = random.Random(7)
    make_image(cast.team_project, cast.contributor, prompt=" ".join(WORDS))
    models = list(ImageModel.objects.order_by("id")[:3])
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now()), time()))
    for _ in range(60):
        person = chance.choice([cast.contributor, cast.manager, cast.admin])
        batch = make_batch(cast.project, person, prompt=" ".join(chance.sample(WORDS, 3)))
        batch.model = chance.choice(models)
        batch.save()
        at = midnight - timedelta(days=chance.randrange(10), seconds=chance.choice([0, 1, -1, 4000]))
        at = min(at, now())
        store_image(make_generation(batch), encode(*chance.choice(SIZES)), at=at, widths=())
    images = list(
        Image.objects.filter(project=cast.project).order_by("id").select_related("generation__batch")
    )
    starred = chance.sample(images, 20)
    for image in starred:
        Favourite.objects.create(image=image, person=cast.viewer, project=cast.project)
    Favourite.objects.create(image=images[0], person=cast.manager, project=cast.project)
    trash_images(project=cast.project, image_ids=[image.pk for image in images[5:12]], by=cast.manager)
    for image in images:
        image.refresh_from_db(fields=["deleted_at"])
    return Gallery(cast, images, {image.pk for image in starred})


def random_filters(gallery: Gallery, chance: random.Random) -> Filters:
    def some(values: list[Any], likely: float = 0.4) -> list[Any]:
        return chance.sample(values, chance.randint(1, len(values))) if chance.random() < likely else []

    query = QueryDict(mutable=True)
    query.setlist("model", [str(pk) for pk in some(sorted({image.model_id for image in gallery.images}))])
    query.setlist("by", [str(pk) for pk in some(sorted({image.author_id for image in gallery.images}))])
    query.setlist("shape", some(["landscape", "portrait", "square"]))
    query["starred"] = str(int(chance.random() < 0.3))
    query["when"] = chance.choice(["", "", "today", "week", "month"])
    today = timezone.localdate(now())
    if chance.random() < 0.4:
        query["from"] = str(today - timedelta(days=chance.randrange(10)))
    if chance.random() < 0.4:
        query["to"] = str(today - timedelta(days=chance.randrange(10)))
    typed = [*WORDS, "mi", "rid", "山", '"misty ridge"', "-misty", "-ridges", "nothing", '"夜の"', "clo"]
    query["q"] = " ".join(chance.sample(typed, chance.choice([0, 0, 1, 1, 2, 3])))
    return Filters.read(query)


def test_filters_in_all_combinations_find_what_a_plain_reading_finds(gallery: Gallery) -> None:
    chance, matches = random.Random(11), 0
    for _ in range(400):
        filters = random_filters(gallery, chance)
        expected = gallery.expected(filters)
        assert gallery.found(filters) == expected, filters
        matching = Matching(gallery.cast.project.pk, gallery.cast.viewer.pk, filters)
        assert run(matching.count(limit=5)) == [min(len(expected), 5)]
        matches += bool(expected)
    assert matches > 100


def test_pages_neither_lose_nor_repeat_an_image(gallery: Gallery) -> None:
    chance = random.Random(13)
    for _ in range(60):
        filters = random_filters(gallery, chance)
        expected = gallery.expected(filters)
        pages: list[int] = []
        while page := gallery.found(filters, limit=4, before=pages[-1] if pages else None):
            pages += page
        assert pages == expected
        if len(expected) > 2:
            assert gallery.found(filters, limit=1, after=expected[2]) == [expected[1]]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("ab -\":*()'\\&|!<>^+{}\0\n夜é"), max_size=40) | st.text(max_size=40))
def test_anything_that_is_typed_is_a_valid_search(cast: Cast, text: str) -> None:
    filters = Filters.read(_typed(text))
    run(Matching(cast.project.pk, cast.viewer.pk, filters).ids(limit=5))


def _typed(text: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query["q"] = text
    return query


def test_any_prompt_can_be_stored(cast: Cast) -> None:
    prompts = ["'; DROP TABLE x; --", "\\'quoted\\ 'word':3", "x" * 5000, "word " * 20_000, "🎨 \u2028 ½ ﬃ"]
    images = [make_image(cast.project, cast.contributor, prompt=prompt, widths=()) for prompt in prompts]
    found = run(Matching(cast.project.pk, cast.viewer.pk, Filters(text="quoted word")).ids(limit=9))
    assert found == [images[1].pk]


def test_the_index_can_be_made_anew(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor, prompt="misty ridges")
    index.forget_images([image.pk])
    matching = Matching(cast.project.pk, cast.viewer.pk, Filters(text="misty"))
    assert run(matching.ids(limit=5)) == []
    index.write_entries([index.Entry(image.pk + 9, cast.project.pk, 1, 1, "square", "misty and gone")])
    assert run(matching.ids(limit=5)) == []
    call_command("reindex_gallery", verbosity=0)
    assert run(matching.ids(limit=5)) == [image.pk]


def test_what_is_gone_for_good_leaves_the_index(cast: Cast) -> None:
    image = make_image(cast.project, cast.contributor)
    trash_images(project=cast.project, image_ids=[image.pk], by=cast.manager)
    purge_images(project=cast.project, image_ids=[image.pk], by=cast.manager)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {index.TABLE} WHERE {index.ID_COLUMN[connection.vendor]} = %s", [image.pk]
        )
        assert cursor.fetchone() == (0,)
