"""What was granted on top of limits, and taking it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from studio.administration.grants import grant_rows
from studio.administration.reauthentication import recently_signed_in
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.spending.granting import revoke_grant
from studio.spending.models import Grant


@require_safe
def grants(request: SignedInRequest) -> HttpResponse:
    """Show what was granted, in force and over."""
    check_can_manage_people(request.user)
    return render(request, "administration/grants.html", {"rows": grant_rows()})


@require_POST
@recently_signed_in
def revoke(request: SignedInRequest, grant_id: int) -> HttpResponse:
    """End a grant now: what was spent of it stays spent."""
    check_can_manage_people(request.user)
    revoke_grant(grant=get_object_or_404(Grant, pk=grant_id), by=request.user)
    messages.success(request, "The grant is revoked. What was spent of it stays spent.")
    return redirect("administration:grants")
