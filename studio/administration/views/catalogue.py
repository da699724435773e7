"""Which models are offered, to whom, and in which order."""

from functools import partial
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from studio.administration.catalogue import Sharing, list_rows, refused_sharing, sharing_of
from studio.administration.finding import address_of, fits, query_of, words_of
from studio.administration.reauthentication import recently_signed_in, recently_signed_in_to_save
from studio.administration.sheets import Look, read_look, sheet_of
from studio.catalog.models import ImageModel
from studio.catalog.publishing import Reshared, move_model, publish_model, share_model
from studio.kit.parameters import read_id
from studio.people.policies import check_can_manage_people
from studio.people.requests import HtmxRequest
from studio.projects.models import Project


@require_safe
def catalogue(request: HtmxRequest) -> HttpResponse:
    """Show all models, the first one opened."""
    check_can_manage_people(request.user)
    return _page(request, None, look=read_look(query_of(request)))


@require_safe
def model(request: HtmxRequest, model_id: int) -> HttpResponse:
    """Show all models, this one opened."""
    check_can_manage_people(request.user)
    return _page(request, _entry(model_id), look=read_look(query_of(request)))


@require_POST
@recently_signed_in
@vary_on_headers("HX-Request")
def publish(request: HtmxRequest, model_id: int) -> HttpResponse:
    """Offer an entry of the picker, or hide it."""
    check_can_manage_people(request.user)
    publish_model(model=_entry(model_id), is_enabled="is_enabled" in request.POST, by=request.user)
    return _done(request)


@require_POST
@recently_signed_in
@vary_on_headers("HX-Request")
def move(request: HtmxRequest, model_id: int) -> HttpResponse:
    """Move an entry of the picker up or down by one."""
    check_can_manage_people(request.user)
    move_model(model=_entry(model_id), step=-1 if "up" in request.POST else 1, by=request.user)
    return _done(request)


@require_POST
@recently_signed_in_to_save
@vary_on_headers("HX-Request")
def share(request: HtmxRequest, model_id: int) -> HttpResponse:
    """Offer an entry of the picker in all projects, or in the named ones only; 422 where none is named."""
    check_can_manage_people(request.user)
    entry = _entry(model_id)
    is_for_everyone = request.POST.get("for") == "everyone"
    ids = [found for text in request.POST.getlist("project") if (found := read_id(text))]
    projects = list(Project.objects.filter(pk__in=ids).order_by("id"))
    refused = partial(refused_sharing, is_for_everyone=is_for_everyone, chosen=projects)
    look, seen = read_look(query_of(request)), request.POST.get("seen")
    if not is_for_everyone and not projects:
        sharing = refused(entry, "Name at least one project, or hide the model.", seen=seen)
        return _page(request, entry, look=look, sharing=sharing, status=422)
    try:
        share_model(model=entry, projects=None if is_for_everyone else projects, by=request.user, seen=seen)
    except Reshared as conflict:
        sharing = refused(_entry(model_id), conflict.sentence, seen=None)
        return _page(request, entry, look=look, sharing=sharing, status=422)
    return _done(request)


def _entry(model_id: int) -> ImageModel:
    entries = ImageModel.objects.filter(twin_of__isnull=True).select_related("provider", "schema")
    return get_object_or_404(entries, pk=model_id)


def _done(request: HtmxRequest) -> HttpResponse:
    """Answer with the page as it is now, with the model open that was, at the same tab."""
    open_id, look = read_id(request.POST.get("open")), read_look(query_of(request))
    if request.htmx:
        return _page(request, _entry(open_id) if open_id else None, look=look)
    if open_id is None:
        return redirect(address_of(request, "administration:catalogue"))
    address = reverse("administration:catalogue_model", args=[open_id])
    return redirect(address + look.query if look != Look() else address)


def _page(
    request: HtmxRequest,
    opened: ImageModel | None,
    *,
    look: Look,
    sharing: Sharing | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page with a model open, the first if none is named; to htmx the part that changes."""
    rows, words = list_rows(), words_of(request)
    row = next((each for each in rows if opened is None or each.model == opened), None)
    context = {
        "rows": [each for each in rows if fits(words, *each.texts)],
        "count": len(rows),
        "words": words,
        "query": f"?{urlencode({'q': words})}" if words else "",
        "offered_count": sum(each.state.word == "Offered" for each in rows),
        "row": row,
        "is_named": opened is not None,
        "sheet": sheet_of(row.models, look) if row else None,
        "sharing": sharing or (sharing_of(row.model) if row else None),
    }
    name = "administration/catalogue.html" + "#catalogue" * bool(request.htmx)
    return render(request, name, context, status=status)
