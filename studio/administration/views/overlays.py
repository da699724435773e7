"""The editor of a model's form: names, help, defaults, limits and hidden fields, with the form that comes of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from studio.administration.reauthentication import recently_signed_in, recently_signed_in_to_save
from studio.administration.revision import Revision, read_revision, revision_of
from studio.catalog.models import ImageModel
from studio.catalog.publishing import Revised, digest_of_words, revise_model
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in_to_save
def overlay(request: SignedInRequest, model_id: int) -> HttpResponse:
    """Show what admins say about a model's fields; POST keeps it, or comes back with a sentence for each fault."""
    check_can_manage_people(request.user)
    model = _model(model_id)
    if request.method != "POST":
        return _page(request, model, revision_of(model))
    revision, seen = read_revision(model, _typed(request)), request.POST.get("seen")
    if revision.errors:
        return _page(request, model, revision, seen=seen, status=422)
    try:
        revise_model(model=model, said=revision.said, by=request.user, seen=seen)
    except Revised as conflict:
        return _page(request, _model(model_id), revision, refusal=conflict.sentence, status=409)
    messages.success(request, "The form is changed for everybody.")
    return redirect("administration:overlay", model.pk)


@require_POST
def preview(request: SignedInRequest, model_id: int) -> HttpResponse:
    """Draw the form that would come of what is typed; nothing is kept."""
    check_can_manage_people(request.user)
    revision = read_revision(_model(model_id), _typed(request))
    context = {
        "form": revision.form,
        "changed": revision.changed,
        "hidden": revision.hidden,
        "is_wrong": revision.errors,
    }
    return render(request, "administration/_form_preview.html", context)


@require_POST
@recently_signed_in
def reset(request: SignedInRequest, model_id: int) -> HttpResponse:
    """Take back all that admins said about a model's fields."""
    check_can_manage_people(request.user)
    model = _model(model_id)
    try:
        revise_model(model=model, said={}, by=request.user, seen=request.POST.get("seen"))
    except Revised as conflict:
        fresh = _model(model_id)
        return _page(request, fresh, revision_of(fresh), refusal=conflict.sentence, status=409)
    messages.success(request, "The form is again as Studio has it.")
    return redirect("administration:overlay", model.pk)


def _model(model_id: int) -> ImageModel:
    models = ImageModel.objects.filter(schema__isnull=False)
    related = ("provider", "schema", "twin_of", "edit_twin")
    return get_object_or_404(models.select_related(*related), pk=model_id)


def _typed(request: SignedInRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _page(
    request: SignedInRequest,
    model: ImageModel,
    revision: Revision,
    *,
    seen: str | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    entry = model.twin_of or model
    twins = [entry, edit] if (edit := getattr(entry, "edit_twin", None)) else []
    context = {
        "model": model,
        "entry": entry,
        "twins": twins,
        "revision": revision,
        "seen": digest_of_words(model.overlay) if seen is None else seen,
        "refusal": refusal,
    }
    return render(request, "administration/overlay.html", context, status=status)
