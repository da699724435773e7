"""Tying one's own account to the company's sign-in, and untying it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from studio.administration.reauthentication import recently_signed_in
from studio.company import actions
from studio.company.answers import on_the_way
from studio.company.errands import Purpose
from studio.company.whose import the_company
from studio.people.requests import SignedInRequest


@require_POST
@recently_signed_in
def link(request: SignedInRequest) -> HttpResponse:
    """Send somebody to the provider; with whom they come back, they are tied."""
    return on_the_way(request, the_company(), Purpose.LINK)


@require_POST
@recently_signed_in
def unlink(request: SignedInRequest) -> HttpResponse:
    company = the_company()
    actions.unlink(by=request.user)
    messages.success(request, f"From now on you sign in with your password, not through {company.name}.")
    return redirect("mfa_index")
