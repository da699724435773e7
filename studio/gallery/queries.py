"""Reading single images of a project with their neighbours, and uploads; `pages.py` reads the gallery."""

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from studio.generation.models import Favourite, Image, Upload
from studio.generation.policies import image_rights
from studio.generation.queries import SCHEMA_TEXTS
from studio.people.models import User
from studio.projects.models import Project


def images_of(project: Project) -> QuerySet[Image]:
    """Return the images that the project's gallery shows."""
    return Image.objects.filter(project=project, deleted_at__isnull=True)


def find_image(project: Project, image_id: int) -> Image:
    """Return an image of the project's gallery, or raise Http404."""
    return get_object_or_404(images_of(project), id=image_id)


def find_image_or_trashed(project: Project, image_id: int, user: User) -> Image:
    """Return an image as `find_image` does; one in the trash is there for those who may restore it."""
    return _seen(Image.objects.all(), project, image_id, user)


def find_image_with_facts(project: Project, image_id: int, user: User) -> Image:
    """Return an image as `find_image_or_trashed` does, with all that its page shows."""
    related = (
        "author",
        "deleted_by",
        "model__provider",
        "generation__batch__model__provider",
        "generation__batch__model__schema",
        "generation__batch__model__edit_twin__schema",
        "generation__batch__model__edit_twin__provider",
        "generation__batch__model__twin_of",
        "generation__hold",
        "generation__key",
    )
    twin = "generation__batch__model__edit_twin__schema"
    texts = [*(f"generation__{name}" for name in SCHEMA_TEXTS), f"{twin}__input_schema", f"{twin}__example"]
    light = Image.objects.defer(*texts)
    return _seen(light.select_related(*related), project, image_id, user)


def _seen(images: QuerySet[Image], project: Project, image_id: int, user: User) -> Image:
    image = get_object_or_404(images.filter(project=project), id=image_id)
    if image.deleted_at is not None and not image_rights(project, user).can_delete(image):
        raise Http404
    return image


def is_starred(image: Image, person: User) -> bool:
    """Tell whether the person has marked the image."""
    return Favourite.objects.filter(image=image, person=person).exists()


def find_upload(project: Project, upload_id: int) -> Upload:
    """Return a reference image of the project, or raise Http404."""
    return get_object_or_404(Upload, project=project, id=upload_id)


def batch_images(image: Image) -> list[Image]:
    """Return the images of the same press of the button, in order."""
    same = Image.objects.filter(generation__batch_id=image.generation.batch_id, deleted_at__isnull=True)
    return list(same.order_by("generation__position", "generation_id", "position"))
