"""Going on with what somebody had typed when they were asked to confirm that it is them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from studio.administration.reauthentication import forget_typed, typed_before
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: SignedInRequest) -> HttpResponse:
    """Offer to send what was typed; a POST leaves it."""
    check_can_manage_people(request.user)
    typed = typed_before(request)
    if typed is None:
        return redirect("administration:home")
    if request.method == "POST":
        forget_typed(request)
        messages.info(request, "Nothing was changed.")
        return redirect(typed.page)
    return render(request, "administration/go_on.html", {"typed": typed})
