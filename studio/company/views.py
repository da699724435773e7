"""To the provider and back. Each errand begins with a press (POST); what comes back without one is refused."""

from collections.abc import Callable, Mapping

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from project.company import Company
from studio.company.actions import let_in, link
from studio.company.answers import on_the_way, refused
from studio.company.errands import Errand, Purpose, take_back
from studio.company.provider import Identity, identity_behind
from studio.company.refusals import Reason, Refused
from studio.company.whose import the_company
from studio.invitations.queries import first_page_of
from studio.people.models import User
from studio.people.requests import SignedInRequest
from studio.people.ways_in import company_link_of


@login_not_required
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the provider; as often as one may try a password."""
    company = the_company()
    too_often: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    return too_often or on_the_way(request, company, Purpose.SIGN_IN, get_next_redirect_url(request) or "")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: SignedInRequest) -> HttpResponse:
    """Ask somebody who is signed in to confirm at the provider that it's them."""
    company = the_company()
    next_page = get_next_redirect_url(request) or ""
    if request.method == "POST":
        return on_the_way(request, company, Purpose.CONFIRM, next_page)
    context = {"company": company, "next_page": next_page}
    return render(request, "company/confirm.html", context)


@login_not_required
@require_GET
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """Take back whom the provider sends: what then happens, the errand says."""
    company = the_company()
    try:
        errand = take_back(request, company)
        if error := request.GET.get("error"):
            raise Refused(Reason.CANCELLED if error == "access_denied" else Reason.DECLINED)
        identity = identity_behind(company, errand.ticket, request.GET.get("code", ""))
        return _DONE[errand.purpose](request, company, errand, identity)
    except Refused as refusal:
        return refused(request, company, refusal)


def _sign_in(request: HttpRequest, company: Company, errand: Errand, identity: Identity) -> HttpResponse:
    arrival = let_in(identity=identity, company=company)
    person = arrival.person
    if request.user.is_authenticated and request.user != person:
        get_adapter(request).logout(request)
    _remember(request, person, identity)
    page = errand.next_page or (first_page_of(person) if arrival.is_new else None)
    answer: HttpResponse = perform_login(request, person, redirect_url=page)
    return answer


def _confirm(request: HttpRequest, company: Company, errand: Errand, identity: Identity) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)
    found = company_link_of(person)
    if found is None or found.uid != identity.subject:
        raise Refused(Reason.SOMEBODY_ELSE, person=person)
    errand.check_was_asked(identity)
    _remember(request, person, identity, reauthenticated=True)
    return redirect(errand.next_page or "projects:list")


def _link(request: HttpRequest, company: Company, errand: Errand, identity: Identity) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)
    link(identity=identity, by=person)
    messages.success(request, f"From now on you can sign in through {company.name}.")
    return redirect("mfa_index")


def _remember(request: HttpRequest, person: User, identity: Identity, **more: bool) -> None:
    """Have the session know how its person proved who they are, as allauth writes it down."""
    proof = {"provider": identity.issuer, "uid": identity.subject}
    record_authentication(request, person, "socialaccount", **proof, **more)


_DONE: Mapping[Purpose, Callable[[HttpRequest, Company, Errand, Identity], HttpResponse]] = {
    Purpose.SIGN_IN: _sign_in,
    Purpose.CONFIRM: _confirm,
    Purpose.LINK: _link,
}
