"""The page behind an invitation's link: choose a name and a password, and come in."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from studio.invitations.actions import accept
from studio.invitations.models import Invitation
from studio.invitations.queries import has_account, joins_of
from studio.invitations.tokens import find_invitation
from studio.people.forms import WelcomeForm
from studio.people.models import User


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form of an invitation that works, or why it doesn't; make the account and sign in."""
    invitation = find_invitation(token)
    if invitation is None or not invitation.works or has_account(invitation):
        return _dead(request, invitation)
    form = WelcomeForm(request.POST or None, person=User(email=invitation.email))
    joins = joins_of(invitation)
    if not form.is_valid():
        context = {"form": form, "invitation": invitation, "joins": joins}
        return render(request, "invitations/join.html", context, status=422 if form.is_bound else 200)
    person = accept(token=token, **form.cleaned_data)
    get_adapter(request).login(request, person)
    if len(joins) == 1:
        return redirect("generation:studio", slug=joins[0].project.slug)
    return redirect("projects:list")


def _dead(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    return render(
        request, "invitations/dead.html", {"invitation": invitation}, status=410 if invitation else 404
    )
