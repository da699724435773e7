"""The page behind a one-time link: set a password and come in."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from studio.people.actions import use_password_link
from studio.people.forms import WelcomeForm
from studio.people.models import PasswordLink
from studio.people.queries import find_link


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form of a link that works, or why it doesn't; set the password and sign in."""
    link = find_link(token)
    if link is None or not link.works:
        return _dead_link(request, link)
    form = WelcomeForm(request.POST or None, person=link.user)
    if not form.is_valid():
        context = {"form": form, "link": link}
        return render(request, "people/welcome.html", context, status=422 if form.is_bound else 200)
    person = use_password_link(token=token, **form.cleaned_data)
    get_adapter(request).login(request, person)
    return redirect("projects:list")


def _dead_link(request: HttpRequest, link: PasswordLink | None) -> HttpResponse:
    return render(request, "people/dead_link.html", {"link": link}, status=410 if link else 404)
