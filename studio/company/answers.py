"""The two pages between here and the provider: on the way there, and why somebody doesn't come in."""

import logging
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from project.company import Company
from studio.audit.actions import record, record_seldom
from studio.company.errands import Purpose, begin
from studio.company.refusals import Reason, Refused
from studio.kit.middleware import let_others_write
from studio.kit.wire import JsonObject

log = logging.getLogger(__name__)

# What anybody can cause by opening an address must not fill the log.
_SAME_EVERY = timedelta(minutes=10)
_NO_ATTEMPT = {Reason.CANCELLED, Reason.STALE}


def on_the_way(request: HttpRequest, company: Company, purpose: Purpose, next_page: str = "") -> HttpResponse:
    """Answer a press with a page that leads on to the provider by itself, or with why it doesn't.

    Not with a redirect: the policy that keeps our forms here (`form-action`) holds for where a form is redirected, too,
    and a provider may redirect to others in turn.
    """
    let_others_write(request)
    try:
        address = begin(request, company, purpose, next_page=next_page)
    except Refused as refusal:
        return refused(request, company, refusal)
    return render(request, "company/on_the_way.html", {"company": company, "address": address})


def refused(request: HttpRequest, company: Company, refusal: Refused) -> HttpResponse:
    """Answer with the sentence, and write the attempt down, with our word for it and never the provider's."""
    level = logging.WARNING if refusal.status >= 500 else logging.INFO
    log.log(level, "company.sign_in.refused reason=%s detail=%s", refusal.reason, refusal.detail)
    details: JsonObject = {
        "address": str(get_adapter(request).get_client_ip(request)),
        "company": refusal.reason.value,
    }
    if refusal.person:
        record(verb="session.failed", subject=refusal.person, by=None, details=details)
    elif refusal.reason not in _NO_ATTEMPT:
        about = f"{details['address']}:{refusal.reason.name}"
        record_seldom(verb="session.failed", about=about, every=_SAME_EVERY, details=details)
    context = {"company": company, "sentence": refusal.sentence(company)}
    return render(request, "company/refused.html", context, status=refusal.status)
