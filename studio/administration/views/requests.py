"""Answers to those who ask for more than their limits allow."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from studio.administration.limits import matrix
from studio.administration.reauthentication import recently_signed_in, recently_signed_in_to_save
from studio.administration.requests import read_terms, request_rows
from studio.administration.views.quotas import quotas_page
from studio.generation import asking
from studio.generation.models import LimitRequest
from studio.kit.errors import Conflict, Invalid
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_POST
@recently_signed_in_to_save
def approve(request: SignedInRequest, request_id: int) -> HttpResponse:
    """Grant `amount` until the end of the day `until`, and send what waits; 422 with the page for a wrong one."""
    check_can_manage_people(request.user)
    asked = get_object_or_404(LimitRequest.objects.select_related("author"), pk=request_id)
    try:
        amount, ends_on = read_terms(asked, request.POST)
        answered = asking.approve(request=asked, amount=amount, ends_on=ends_on, by=request.user)
    except Invalid as refusal:
        typed = {name: str(value) for name, value in request.POST.items()}
        rows = request_rows(asked, typed, refusal.sentence)
        return quotas_page(request, None, matrix(None), requests=rows, status=422)
    except Conflict as refusal:
        return _refused(request, refusal)
    name = answered.author.display_name
    if answered.is_stopped:
        messages.warning(
            request, f"Granted, but what {name} wants to send is still stopped. {answered.problem}"
        )
    else:
        messages.success(request, f"Granted, and what {name} wanted to send has gone out.")
    return redirect("administration:quotas")


@require_POST
@recently_signed_in
def decline(request: SignedInRequest, request_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    asked = get_object_or_404(LimitRequest.objects.select_related("author"), pk=request_id)
    try:
        asking.decline(request=asked, answer=request.POST.get("answer", ""), by=request.user)
    except Conflict as refusal:
        return _refused(request, refusal)
    messages.success(request, f"Declined. {asked.author.display_name} is told.")
    return redirect("administration:quotas")


def _refused(request: SignedInRequest, refusal: Conflict) -> HttpResponse:
    """Answer with the page as it is now: somebody else was faster, or it can't be granted any more."""
    return quotas_page(request, None, matrix(None), refusal=refusal.sentence, status=409)
