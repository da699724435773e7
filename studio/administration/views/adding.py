"""A model that no provider lists, by its id and its schema."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from studio.administration.forms import AddModelForm
from studio.administration.reauthentication import recently_signed_in_to_save
from studio.catalog.adding import add_model
from studio.catalog.forms import build_form
from studio.catalog.overlays import overlay_for
from studio.catalog.schema import normalise
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in_to_save
def add(request: SignedInRequest) -> HttpResponse:
    """Add a model by hand; with `preview`, only draw the form that its schema makes."""
    check_can_manage_people(request.user)
    form = AddModelForm(request.POST, request.FILES) if request.method == "POST" else AddModelForm()
    if not form.is_valid():
        return _add_page(request, form, status=422 if form.is_bound else 200)
    if "preview" in request.POST:
        return _add_page(request, form)
    given = form.cleaned_data
    model = add_model(
        provider=given["provider"],
        slug=given["slug"],
        name=given["name"],
        vendor=given["vendor"],
        schema=given["schema"],
        by=request.user,
    )
    messages.success(request, f"{model.name} is offered now.")
    return redirect("administration:catalogue_model", model.entry_id)


def _add_page(request: SignedInRequest, form: AddModelForm, *, status: int = 200) -> HttpResponse:
    provider = form.cleaned_data.get("provider") if form.is_bound else None
    drawn = None
    if provider and form.detail:
        overlay = overlay_for(provider.slug, form.cleaned_data.get("slug", ""))
        drawn = build_form(normalise(form.detail.input_schema, overlay=overlay))
    context = {"form": form, "drawn_form": drawn}
    return render(request, "administration/add_model.html", context, status=status)
