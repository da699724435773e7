"""From an image to a form that edits it: which model, and what the form is filled with."""

from collections.abc import Collection, Sequence

from studio.catalog.markers import upload_marker
from studio.catalog.models import ImageModel
from studio.catalog.pairs import Pair, pair_of
from studio.catalog.queries import models_offered, ratio_like, roles_of, spec_of
from studio.generation.models import Upload
from studio.kit.errors import Invalid
from studio.kit.wire import JsonObject
from studio.projects.models import Project

GONE = "An image that was to be used is no longer there, and was left out."


def pair_to_edit(project: Project, pair: Pair, *, takes_mask: bool = False) -> Pair:
    """Return the entry of the picker that edits in the place of one: itself, or the first offered here that can.

    `takes_mask`: rather one that can be told by a mask what may change. Raises Invalid where no offered model
    takes references.
    """
    offered = models_offered(project)
    candidates = [pair, *map(pair_of, offered)]
    able = [each for each in candidates if _can_edit(each, offered)]
    masking = [each for each in able if "mask" in roles_of(each.model_for(has_references=True))]
    found = next(iter(masking if takes_mask and masking else able), None)
    if found is None:
        raise Invalid("No model that is offered now takes reference images. An admin can add one.")
    return found


def _can_edit(pair: Pair, offered: Collection[ImageModel]) -> bool:
    model = pair.model_for(has_references=True)
    return model in offered and "references" in roles_of(model)


def references_named(project: Project, ids: Sequence[int]) -> list[Upload]:
    """Return those of the uploads that are there and of this project, in the order of the ids."""
    found = Upload.objects.filter(project=project).in_bulk(list(dict.fromkeys(ids)))
    return [found[upload_id] for upload_id in dict.fromkeys(ids) if upload_id in found]


def input_with(model: ImageModel, references: Sequence[Upload]) -> tuple[JsonObject, str]:
    """Return what fills a model's form with references, in the shape of the first; and a sentence on what is left out."""
    spec = spec_of(model)
    field = spec.with_role("references")
    if field is None:
        return {}, f"{model.name} takes no reference images." if references else ""
    markers = [upload_marker(upload.pk) for upload in references[: field.most_images]]
    if not markers:
        return {}, ""
    is_list = field.kind in ("files", "strings")
    left = len(references) - len(markers)
    sentence = (
        f"{model.name} takes at most {field.most_images} images, so {left} were left out." if left else ""
    )
    shape = ratio_like(spec, references[0].width, references[0].height)
    return {**shape, field.name: [*markers] if is_list else markers[0]}, sentence
