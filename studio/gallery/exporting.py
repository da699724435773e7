"""A selection of images as one ZIP, with the recipes by which they were made."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from studio.audit.actions import record
from studio.gallery.files import original_of
from studio.gallery.queries import images_of
from studio.generation.models import Image
from studio.kit.clock import now
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.kit.zip_answer import ZipStream, make_zip
from studio.people.models import User
from studio.projects.models import Project

RECIPES = "recipes.json"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """An image with its file and the name that it gets in the ZIP."""

    image: Image
    path: Path
    name: str


def export_images(
    project: Project, image_ids: Collection[int], *, address_of: Callable[[Image], str], by: User
) -> ZipStream:
    """Return the originals of these images and `recipes.json` as a ZIP that is yet to be sent, and write it down.

    What is in the trash or of another project is left out; a file that is missing on disk is named in the recipes.
    Raises Conflict when nothing is left. `address_of` gives the full address of an image's page.
    """
    related = ("author", "generation__model__provider", "generation__batch")
    images = images_of(project).filter(id__in=image_ids).select_related(*related).order_by("-id")
    chosen = [_choose(project, image) for image in images]
    there = [each for each in chosen if each.path.is_file()]
    if not there:
        raise Conflict("None of these images is there any more. Reload the gallery to see what is.")
    missing = [each.name for each in chosen if each not in there]
    recipes = {
        "project": project.name,
        "exported_at": now().isoformat(),
        "images": [_recipe(each, address_of(each.image)) for each in there],
        "missing_files": missing,
    }
    record(verb="images.exported", subject=project, by=by, details={"count": len(there)})
    text = json.dumps(recipes, ensure_ascii=False, indent=2)
    return make_zip([(each.name, each.path) for each in there], {RECIPES: text})


def _choose(project: Project, image: Image) -> _Chosen:
    file = original_of(image, project_slug=project.slug, as_download=True)
    return _Chosen(image, file.path, file.download_name)


def _recipe(chosen: _Chosen, address: str) -> JsonObject:
    image, generation = chosen.image, chosen.image.generation
    return {
        "file": chosen.name,
        "prompt": generation.batch.prompt,
        "model": generation.model.slug,
        "model_name": generation.model.name,
        "provider": generation.model.provider.name,
        "input": generation.batch.input,
        "author": image.author.display_name,
        "created_at": image.created_at.isoformat(),
        "width": image.width,
        "height": image.height,
        "size_bytes": image.size_bytes,
        "sha256": image.sha256,
        "address": address,
    }
