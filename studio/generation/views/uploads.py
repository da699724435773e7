"""Pictures to start from: files that are sent, and images of the gallery that are picked or edited."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from studio.catalog.drawing import DrawnImage
from studio.catalog.pairs import pair_of
from studio.catalog.queries import model_with_id
from studio.generation.composer import editing_composer, name_of, preview_of
from studio.generation.editing import pair_to_edit
from studio.generation.models import Upload
from studio.generation.queries import find_images, images_page
from studio.generation.uploads import store_upload, use_image
from studio.kit.errors import Conflict, Invalid
from studio.kit.pace import check_pace
from studio.kit.parameters import read_id
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project
from studio.projects.policies import check_can_generate
from studio.projects.queries import find_project

PAGE_SIZE = 24
MOST_PICKED = 100


@require_POST
@vary_on_headers("HX-Request")
def upload(request: HtmxRequest, slug: str) -> HttpResponse:
    """Store one file that was dropped, pasted or chosen, and answer with its thumb; 422 with a sentence."""
    check_pace("upload", request.user.pk)
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    file = request.FILES.get("file")
    if file is None:
        raise Invalid("No file arrived. Choose it again.")
    stored = store_upload(project=project, by=request.user, file=file)
    if not request.htmx:
        return redirect(f"{reverse('generation:studio', args=[slug])}?references={stored.pk}")
    return _thumbs(request, project, [stored])


@require_safe
def pick(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of the project's images to choose references from, newest first."""
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    images = images_page(project, read_id(request.GET.get("before")), PAGE_SIZE + 1)
    context = {
        "project": project,
        "images": images[:PAGE_SIZE],
        "before_id": images[PAGE_SIZE - 1].pk if len(images) > PAGE_SIZE else None,
        "is_first": "before" not in request.GET,
    }
    return render(request, "generation/_pick.html", context)


@require_POST
def use(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make references of images of this project, and answer with their thumbs."""
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    names = request.POST.getlist("image")
    if len(names) > MOST_PICKED:
        raise Invalid(f"At most {MOST_PICKED} images can be taken at once.")
    images = find_images(project, [read_id(name) or 0 for name in names])
    return _thumbs(request, project, [use_image(image=image, by=request.user) for image in images])


@require_POST
@vary_on_headers("HX-Request")
def edit(request: HtmxRequest, slug: str, image_id: int) -> HttpResponse:
    """Begin to edit an image: it becomes the reference of the model that made it, or of one that can edit.

    With `area`, of one that takes a mask, and the page begins with marking it.
    """
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    image = find_images(project, [image_id])[0]
    is_area = "area" in request.POST
    try:
        origin = pair_of(model_with_id(image.model_id, project) or image.model)
        pair = pair_to_edit(project, origin, takes_mask=is_area)
        stored = use_image(image=image, by=request.user)
        composer = editing_composer(project, stored, pair, request.POST)
    except Invalid as refusal:
        # As a 422 it would take the place of the form.
        raise Conflict(refusal.sentence) from refusal
    if request.htmx:
        return render(request, "generation/_composer.html", {"project": project, "composer": composer})
    asked = urlencode(
        {"model": name_of(pair.entry), "references": stored.pk, **({"area": 1} if is_area else {})}
    )
    return redirect(f"{reverse('generation:studio', args=[slug])}?{asked}")


def _thumbs(request: SignedInRequest, project: Project, uploads: Sequence[Upload]) -> HttpResponse:
    images = [DrawnImage(f"upload:{each.pk}", preview_of(each, project)) for each in uploads]
    return render(request, "generation/_thumbs.html", {"images": images})
