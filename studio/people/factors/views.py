"""The page of one's factors, and the steps of the sign-in that ask for them. What isn't here is allauth's own."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studio.people.factors.queries import factors_of, is_asked_of, owes_second_factor
from studio.people.requests import SignedInRequest


@require_safe
def security(request: SignedInRequest) -> HttpResponse:
    """Show how one signs in, and what may still have to be set up."""
    person = request.user
    context = {
        "factors": factors_of(person),
        "is_asked": is_asked_of(person.two_factor_rule, person),
        "owes": owes_second_factor(person),
    }
    return render(request, "mfa/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def codes(request: SignedInRequest) -> HttpResponse:
    """Show new recovery codes once, to who asks for them: allauth's own page uses them up by being opened."""
    row = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.RECOVERY_CODES)
    kept = row.wrap()
    is_shown = request.method == "POST" and not kept.did_view
    if is_shown:
        kept.mark_as_viewed()
    unused = kept.get_unused_codes()
    context = {"codes": unused if is_shown else [], "left": len(unused), "was_shown": kept.did_view}
    return render(request, "mfa/codes.html", context)


@login_not_required
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Begin the sign-in anew, perhaps as somebody else."""
    if not request.user.is_authenticated:
        request.session.flush()
    return redirect("account_login")


@method_decorator(login_not_required, name="dispatch")
class SecondStepView(AuthenticateView):  # type: ignore[misc]
    """Asks for one of the person's factors after the password; `way` in the address says for which."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = self.stage.login.user
        factors = factors_of(person)
        ways = {"app": factors.app_added_at, "passkey": factors.passkeys, "recovery": factors.codes_left}
        there = [way for way, has in ways.items() if has]
        asked = self.request.GET.get("way")
        way = asked if asked in there else there[0]
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"person": person, "ways": there, "way": way}


class PasskeyAgainView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Confirms that it's still the same person, by a passkey."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say so on the page itself; allauth would lead away from it."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # allauth's own leaves out what it is given, the form with its errors among it.
        return context | kwargs
