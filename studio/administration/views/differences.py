"""What the providers say otherwise than the catalogue: read, looked at, and accepted or left by an admin."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from studio.administration.listings import listing_providers, read_listing, readings
from studio.administration.reauthentication import recently_signed_in
from studio.catalog.models import Proposal
from studio.catalog.proposing import accept_proposal, leave_proposal
from studio.kit.errors import Conflict
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest

DECIDED = "This has been decided or has changed meanwhile. Reload the page."


@require_safe
def differences(request: SignedInRequest) -> HttpResponse:
    """Show what nobody has decided about yet."""
    check_can_manage_people(request.user)
    context = {"readings": readings(), "count": Proposal.objects.open().count()}
    return render(request, "administration/differences.html", context)


@require_POST
@recently_signed_in
def sync(request: SignedInRequest) -> HttpResponse:
    """Read the lists of all providers that publish one. Nothing is applied."""
    check_can_manage_people(request.user)
    for provider in listing_providers():
        read_listing(provider)
    return redirect("administration:differences")


@require_POST
@recently_signed_in
def accept(request: SignedInRequest, proposal_id: int) -> HttpResponse:
    """Take one difference over."""
    check_can_manage_people(request.user)
    model = accept_proposal(proposal=_proposal(request, proposal_id), by=request.user)
    messages.success(request, f"{model.name} is now as {model.provider.name} says.")
    return redirect("administration:differences")


@require_POST
@recently_signed_in
def leave(request: SignedInRequest, proposal_id: int) -> HttpResponse:
    """Leave one model as it is, until its provider says something else."""
    check_can_manage_people(request.user)
    leave_proposal(proposal=_proposal(request, proposal_id), by=request.user)
    return redirect("administration:differences")


@require_POST
@recently_signed_in
def accept_all(request: SignedInRequest) -> HttpResponse:
    """Take over what the page showed; what has changed since is still there to be looked at."""
    check_can_manage_people(request.user)
    shown = request.POST.getlist("digest")
    found = list(Proposal.objects.open().filter(digest__in=shown).order_by("slug", "id"))
    for proposal in found:
        accept_proposal(proposal=proposal, by=request.user)
    messages.success(request, f"{len(found)} difference{'s' * (len(found) != 1)} accepted.")
    return redirect("administration:differences")


def _proposal(request: SignedInRequest, proposal_id: int) -> Proposal:
    """Return the proposal that the page showed. Raises Conflict where it has changed or is gone."""
    digest = request.POST.get("digest", "")
    found = Proposal.objects.open().filter(pk=proposal_id, digest=digest).first()
    if found is None:
        raise Conflict(DECIDED)
    return found
