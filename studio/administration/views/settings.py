"""What the environment says: to be read here, changed where Studio is started."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.administration.installation import installation_facts
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_safe
def settings(request: SignedInRequest) -> HttpResponse:
    """Show the settings of this installation, without secrets."""
    check_can_manage_people(request.user)
    return render(request, "administration/settings.html", {"groups": installation_facts()})
