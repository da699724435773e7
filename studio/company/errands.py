"""What a browser is sent to the provider for, remembered in its session until it comes back, once."""

import secrets
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.http import HttpRequest
from django.urls import reverse

from project.company import Company
from studio.company.provider import LEEWAY_S, Identity, Ticket, address_to_leave_for
from studio.company.refusals import Reason, Refused
from studio.kit.mail import site_of


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Errand:
    """`person_id` is who began it, if somebody was signed in; `next_page` is a page of ours, or empty."""

    purpose: Purpose
    person_id: int | None
    next_page: str
    began_at: float
    ticket: Ticket

    def check_was_asked(self, identity: Identity) -> None:
        """Raise Refused where the provider tells that it has taken an earlier sign-in for an answer."""
        if identity.asked_at is not None and identity.asked_at < self.began_at - LEEWAY_S:
            raise Refused(Reason.NOT_ASKED)


def begin(request: HttpRequest, company: Company, purpose: Purpose, *, next_page: str) -> str:
    """Remember the errand in the session; return the address at the provider. Raises Refused."""
    proof = generate_code_challenge()
    ticket = Ticket(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=proof["code_verifier"],
        challenge=proof["code_challenge"].decode(),
        callback=callback_address(request),
    )
    address = address_to_leave_for(company, ticket, asks_anew=purpose is Purpose.CONFIRM)
    errand = Errand(purpose, request.user.pk, next_page, time.time(), ticket)
    statekit.stash_state(request, provider_id=company.issuer, state=asdict(errand), state_id=ticket.state)
    return address


def take_back(request: HttpRequest, company: Company) -> Errand:
    """Return the errand with which this browser comes back; it is forgotten. Raises Refused where there is none."""
    kept = statekit.unstash_state(request, provider_id=company.issuer, state_id=request.GET.get("state", ""))
    if kept is None:
        raise Refused(Reason.STALE)
    errand = _read(kept)
    if errand.purpose is not Purpose.SIGN_IN and errand.person_id != request.user.pk:
        raise Refused(Reason.STALE, "somebody else is signed in by now")
    return errand


def callback_address(request: HttpRequest) -> str:
    """Return where the provider sends people back to: it must know this very address."""
    return site_of(request) + reverse("company:callback")


def _read(kept: dict[str, Any]) -> Errand:
    return Errand(**{**kept, "purpose": Purpose(kept["purpose"]), "ticket": Ticket(**kept["ticket"])})
