"""The pages behind links that were sent: set a password and come in; confirm a new address."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from studio.kit.file_answer import SANDBOX
from studio.people import email_change
from studio.people.actions import use_password_link
from studio.people.email_change import find_change
from studio.people.forms import WelcomeForm
from studio.people.models import PasswordLink, Portrait
from studio.people.queries import find_link
from studio.people.requests import SignedInRequest


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
    # The link stands for the password only: a second factor is still asked for.
    answer: HttpResponse = perform_login(request, person)
    return answer


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the new address shall be used, since mail programs open links by themselves; use it."""
    change = find_change(token)
    if change is None:
        return render(request, "people/dead_email.html", status=404)
    if request.method != "POST":
        return render(request, "people/confirm_email.html", {"change": change})
    person = email_change.confirm_email(token=token)
    messages.success(request, f"From now on you sign in with {person.email}.")
    return redirect("projects:list")


@require_safe
def no_password(request: SignedInRequest) -> HttpResponse:
    """Say how somebody without a password gets one: by their mailbox, not by a screen that was left alone."""
    if request.user.has_usable_password():
        return redirect("account_change_password")
    return render(request, "account/password_set.html")


@require_safe
def picture(request: SignedInRequest, name: str) -> HttpResponse:
    """Answer with somebody's picture. A new one has another name, so this one is kept."""
    # PostgreSQL knows no text with a NUL in it, and our names are letters and digits.
    portrait = get_object_or_404(Portrait, name=name if name.isalnum() else "")
    answer = HttpResponse(bytes(portrait.data), content_type="image/webp")
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    answer["Content-Security-Policy"] = SANDBOX
    return answer


def _dead_link(request: HttpRequest, link: PasswordLink | None) -> HttpResponse:
    return render(request, "people/dead_link.html", {"link": link}, status=410 if link else 404)
