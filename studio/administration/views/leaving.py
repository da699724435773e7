"""Letting people go, and deleting what is personal of those who went: each says first what will happen."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from studio.administration.finding import address_of
from studio.administration.reauthentication import recently_signed_in_to_see
from studio.leaving import actions
from studio.leaving.forms import DeactivateForm
from studio.leaving.queries import Legacy, legacy_of
from studio.people.models import User
from studio.people.policies import check_can_manage_people, check_can_stop_being_admin
from studio.people.requests import HtmxRequest


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@recently_signed_in_to_see
def deactivate(request: HtmxRequest, person_id: int) -> HttpResponse:
    """Say what will become of a person's work and projects, and lock them out."""
    check_can_manage_people(request.user)
    person = _present(person_id)
    check_can_stop_being_admin(person)
    legacy = legacy_of(person)
    posted = request.POST if request.method == "POST" else None
    form = DeactivateForm(
        posted, person=person, needs_heir=bool(legacy.projects), initial={"heir": request.user}
    )
    if not form.is_valid():
        return _form_page(request, "deactivate", person, form, legacy)
    actions.deactivate(person=person, **form.cleaned_data, by=request.user)
    return _done(request, f"{person.display_name} can no longer sign in.")


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@recently_signed_in_to_see
def delete(request: HtmxRequest, person_id: int) -> HttpResponse:
    """Delete what is personal of somebody who was deactivated."""
    check_can_manage_people(request.user)
    person = _present(person_id)
    if request.method != "POST":
        return _form_page(request, "delete", person)
    name = person.display_name
    actions.delete(person=person, by=request.user)
    return _done(request, f"{name} is deleted. What they made stays, as a former member’s.")


def _present(person_id: int) -> User:
    return get_object_or_404(User.objects.present(), pk=person_id)


def _done(request: HtmxRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    address = address_of(request, "administration:people")
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _form_page(
    request: HtmxRequest,
    name: str,
    person: User,
    form: forms.Form | None = None,
    legacy: Legacy | None = None,
) -> HttpResponse:
    template = f"administration/_person_{name}.html"
    context = {"person": person, "form": form, "legacy": legacy, "body": template}
    whole = "administration/person_form.html"
    status = 422 if form and form.is_bound else 200
    return render(request, template if request.htmx else whole, context, status=status)
