"""Of whom two factors are asked, and the way back for who lost theirs."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from studio.administration.finding import address_of
from studio.administration.reauthentication import recently_signed_in
from studio.administration.views.people import RefusedRule, show_people
from studio.people.factors.actions import RuleChanged, reset_factors, set_rule
from studio.people.forms import TwoFactorForm
from studio.people.models import SignInRule, User
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest

_SAID: dict[str, str] = {
    SignInRule.TwoFactors.NOBODY: "Nobody has to have two factors any more.",
    SignInRule.TwoFactors.ADMINS: "From now on admins need two factors. Who has none sets one up first.",
    SignInRule.TwoFactors.EVERYBODY: "From now on everybody needs two factors. Who has none sets one up first.",
}


@require_POST
@recently_signed_in
def ask(request: SignedInRequest) -> HttpResponse:
    check_can_manage_people(request.user)
    form = TwoFactorForm(request.POST)
    if not form.is_valid():
        return show_people(request, status=422)
    rule = form.cleaned_data["two_factors"]
    try:
        set_rule(rule=rule, by=request.user, seen=request.POST.get("seen"))
    except RuleChanged as conflict:
        return show_people(request, refused_rule=RefusedRule(rule, conflict.sentence), status=409)
    messages.success(request, _SAID[rule])
    return redirect(address_of(request, "administration:people"))


@require_POST
@recently_signed_in
def reset(request: SignedInRequest, person_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    person = get_object_or_404(User.objects.present(), pk=person_id)
    if reset_factors(person=person, by=request.user):
        messages.success(request, f"{person.display_name} signs in with the password alone next time.")
    else:
        messages.info(request, f"{person.display_name} had no second factor.")
    return redirect(address_of(request, "administration:people"))
