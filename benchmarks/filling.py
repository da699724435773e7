"""Galleries of any size, without a provider and without files: rows as the engine writes them, in bulk.

Django has to be set up and the catalogue installed. Prompts, models, authors, shapes and days vary, and one word in
about two thousand images is rare, so that searches and filters have something to find.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction

from studio.catalog.models import ImageModel
from studio.gallery.index import add_images
from studio.generation.models import Batch, Favourite, Generation, Image, Status
from studio.kit.clock import now
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.models import Hold, HoldState

DAYS = 400
IMAGES_OF_BATCH = 4
BATCHES_AT_ONCE = 250
# One image in this many has the rare word in its prompt.
RARE = 2000
RARE_WORD = "quokka"
SIZES = ((1024, 1024), (1344, 768), (768, 1344), (896, 1152), (1536, 640))
THINGS = [
    "ridges",
    "harbour",
    "lantern",
    "portrait",
    "bottle",
    "meadow",
    "tower",
    "orchid",
    "teapot",
    "glacier",
]
LOOKS = ["misty", "golden", "blurry", "crisp", "quiet", "neon", "pastel", "stormy", "layered", "minimal"]
PLACES = ["at dusk", "in winter", "over the sea", "on linen", "under a red moon", "in the rain", "from above"]


def fill_gallery(project: Project, people: Sequence[User], count: int, *, seed: int = 1) -> None:
    """Add `count` images (a multiple of four) of these people to a project, the oldest 400 days ago, evenly."""
    chance = random.Random(seed)
    models = list(ImageModel.objects.filter(twin_of=None, schema__isnull=False).order_by("id"))
    ended_at = now()
    for first in range(0, count // IMAGES_OF_BATCH, BATCHES_AT_ONCE):
        size = min(BATCHES_AT_ONCE, count // IMAGES_OF_BATCH - first)
        batches = [
            Batch(
                project=project,
                author=chance.choices(people, range(len(people), 0, -1))[0],
                model=(model := chance.choices(models, range(len(models), 0, -1))[0]),
                schema=model.schema,
                prompt=(prompt := a_prompt(chance)),
                input={"prompt": prompt},
            )
            for _ in range(size)
        ]
        moments = [
            ended_at - timedelta(days=DAYS) * (1 - (first + number) / (count / IMAGES_OF_BATCH))
            for number in range(size)
        ]
        _store(batches, moments, chance)


def star_some(project: Project, person: User, count: int, *, seed: int = 1) -> None:
    """Mark this many of the project's images for a person."""
    ids = list(Image.objects.filter(project=project).order_by("id").values_list("id", flat=True))
    chosen = sorted(random.Random(seed).sample(ids, count))
    Favourite.objects.bulk_create(
        [Favourite(image_id=image_id, person=person, project=project) for image_id in chosen], batch_size=500
    )


def a_prompt(chance: random.Random) -> str:
    """Return a prompt of a few words, some of them in nearly every second prompt."""
    words = [chance.choice(LOOKS), chance.choice(LOOKS), chance.choice(THINGS), chance.choice(PLACES)]
    rare = [f"with a {RARE_WORD}"] if chance.randrange(RARE) == 0 else []
    return " ".join([*words, f"take {chance.randrange(5000)}", *rare, "photograph"])


@transaction.atomic
def _store(batches: Sequence[Batch], moments: Sequence[datetime], chance: random.Random) -> None:
    Batch.objects.bulk_create(batches)
    holds = Hold.objects.bulk_create(
        Hold(project=batch.project, user=batch.author, images=4, day=at.date(), state=HoldState.SETTLED)
        for batch, at in zip(batches, moments, strict=True)
    )
    generations = Generation.objects.bulk_create(
        Generation(
            batch=batch,
            project=batch.project,
            model=batch.model,
            author=batch.author,
            status=Status.SUCCEEDED,
            hold=hold,
            images_asked=IMAGES_OF_BATCH,
            submitted_at=at,
            ready_at=at + timedelta(seconds=12),
            finished_at=at + timedelta(seconds=13),
        )
        for batch, hold, at in zip(batches, holds, moments, strict=True)
    )
    rows = list(_images(generations, chance))
    images = Image.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        # bulk_create writes the present moment.
        cursor.executemany(
            f"UPDATE {Image._meta.db_table} SET created_at = %s WHERE id = %s",
            [
                (connection.ops.adapt_datetimefield_value(at), image.pk)
                for image, at in zip(
                    images, (at for at in moments for _ in range(IMAGES_OF_BATCH)), strict=True
                )
            ],
        )
    add_images([image.pk for image in images])


def _images(generations: Sequence[Generation], chance: random.Random) -> Iterator[Image]:
    for generation in generations:
        width, height = chance.choice(SIZES)
        for position in range(IMAGES_OF_BATCH):
            name = sha256(f"{generation.pk}-{position}".encode()).hexdigest()
            yield Image(
                generation=generation,
                project_id=generation.project_id,
                author_id=generation.author_id,
                model_id=generation.model_id,
                position=position,
                file=f"images/{name[:2]}/{name}.png",
                thumbnail_widths=[320, 640, 1280],
                format="png",
                width=width,
                height=height,
                size_bytes=chance.randrange(400_000, 6_000_000),
                sha256=name,
            )
