"""What guests of a link see. Each answer asks the same question: does the link work, and does it show this picture?"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from studio.gallery.files import original_of
from studio.gallery.selecting import MOST_DOWNLOADED
from studio.kit.database import before_streaming
from studio.kit.errors import Conflict, StudioError
from studio.kit.file_answer import StoredFile, answer_with
from studio.kit.parameters import read_id
from studio.kit.zip_answer import ZipStream, answer_with_zip, make_zip
from studio.sharing.actions import is_password_of, note_opened
from studio.sharing.copies import COPY_WIDTH, copy_of
from studio.sharing.forms import UnlockForm
from studio.sharing.guests import address_of, dress, find_open, is_unlocked, unlock
from studio.sharing.models import ShareLink
from studio.sharing.queries import find_shared, find_shown, images_shown, shown_page


@login_not_required
@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the pictures of a link; instead of them its password's form, or that it has ended."""
    link = find_shared(token)
    if link is None or not link.works:
        return _ended(request, link)
    if not is_unlocked(request, link):
        return _locked(request, token, UnlockForm())
    before_id = read_id(request.GET.get("before"))
    if request.method == "GET" and not before_id:
        note_opened(link)
    context = {
        "link": link,
        "token": token,
        "shown": shown_page(link, before_id=before_id),
        "is_first": not before_id,
    }
    return dress(render(request, "sharing/guest.html", context))


@login_not_required
@sensitive_post_parameters("password")
@require_POST
def unlock_page(request: HttpRequest, token: str) -> HttpResponse:
    """Take a link's password, and show its pictures."""
    link = find_shared(token)
    if link is None or not link.works:
        return _ended(request, link)
    form = UnlockForm(request.POST)
    if not form.is_valid():
        return _locked(request, token, form, status=422)
    try:
        fits = is_password_of(link, form.cleaned_data["password"], address=address_of(request))
    except StudioError as error:
        form.add_error("password", error.sentence)
        return _locked(request, token, form, status=error.status)
    if not fits:
        form.add_error("password", "This isn’t the password of the link. Ask whoever sent it to you.")
        return _locked(request, token, form, status=422)
    response = dress(redirect("sharing:page", token))
    unlock(response, link, token)
    return response


@login_not_required
@require_safe
async def copy(request: HttpRequest, token: str, image_id: int, width: int) -> HttpResponseBase:
    """Answer with a copy of a picture, without metadata."""
    return dress(await answer_with(await _copy(request, token, image_id, width), request))


@login_not_required
@require_safe
async def download(request: HttpRequest, token: str, image_id: int) -> HttpResponseBase:
    """Answer with a picture as a download: the original where the link gives it, else the largest copy."""
    return dress(await answer_with(await _download(request, token, image_id), request))


@login_not_required
@require_safe
async def download_all(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer with all originals of a link that gives them, as a ZIP."""
    archive, name = await _archive(request, token)
    return dress(answer_with_zip(archive, name=name))


@before_streaming
def _copy(request: HttpRequest, token: str, image_id: int, width: int) -> StoredFile:
    return copy_of(find_shown(find_open(request, token), image_id), width)


@before_streaming
def _download(request: HttpRequest, token: str, image_id: int) -> StoredFile:
    link = find_open(request, token)
    image = find_shown(link, image_id)
    if not link.gives_originals:
        return copy_of(image, COPY_WIDTH, download_name=f"{_name_of(link)}-{image.pk}.webp")
    original = original_of(image, project_slug=_name_of(link), as_download=True)
    return StoredFile(original.path, original.content_type, f"original-{image.pk}", 0, original.download_name)


@before_streaming
def _archive(request: HttpRequest, token: str) -> tuple[ZipStream, str]:
    link = find_open(request, token)
    if not link.gives_originals:
        raise Conflict("This link doesn’t give the originals. Download the pictures one by one.")
    images = list(images_shown(link)[: MOST_DOWNLOADED + 1])
    if len(images) > MOST_DOWNLOADED:
        raise Conflict(f"These are more than {MOST_DOWNLOADED} pictures. Download them one by one.")
    originals = [original_of(image, project_slug=_name_of(link), as_download=True) for image in images]
    there = [(one.download_name, one.path) for one in originals if one.path.is_file()]
    if not there:
        raise Conflict("There is no picture to download any more.")
    return make_zip(there, {}), f"{_name_of(link)}.zip"


def _name_of(link: ShareLink) -> str:
    return slugify(link.title)[:60] or "pictures"


def _locked(request: HttpRequest, token: str, form: UnlockForm, *, status: int = 200) -> HttpResponse:
    context = {"token": token, "form": form}
    return dress(render(request, "sharing/locked.html", context, status=status), has_form=True)


def _ended(request: HttpRequest, link: ShareLink | None) -> HttpResponse:
    """Say that a link has ended: what it was only of one without a password that ended by itself."""
    told = link if link and not link.is_revoked and not link.password else None
    return dress(render(request, "sharing/ended.html", {"link": told}, status=410 if link else 404))
