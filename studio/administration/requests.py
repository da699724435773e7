"""The requests on the limits' page: who asks for how much until when, and what an admin needs to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from studio.generation.asking import is_of
from studio.generation.models import LimitRequest
from studio.generation.queries import waiting_requests
from studio.kit.errors import Invalid
from studio.kit.parameters import read_day
from studio.spending.limits import read_limits
from studio.spending.offers import read_amount, write_amount
from studio.spending.scopes import Scope, name_of_scope


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with the limit that it is about, and what its form says: as asked, or as it was typed."""

    request: LimitRequest
    whose: str
    standing: str
    amount: str
    until: str
    error: str = ""


def request_rows(
    wrong: LimitRequest | None = None, typed: Mapping[str, str] | None = None, error: str = ""
) -> list[RequestRow]:
    """Return the requests that wait, the oldest first; `wrong` with what was typed and what is wrong with it."""
    related = ("author", "project", "model__provider", "model__twin_of", "quota__project", "quota__user")
    requests = list(waiting_requests().select_related(*related)[:100])
    scopes = {Scope(one.quota.project_id, one.quota.user_id) for one in requests}
    limits = read_limits(scopes) if scopes else []
    today = timezone.localdate()
    rows = []
    for request in requests:
        limit = next((one for one in limits if is_of(request, one)), None)
        given = typed if typed is not None and wrong is not None and wrong.pk == request.pk else {}
        rows.append(
            RequestRow(
                request,
                whose=name_of_scope(request.quota.project, request.quota.user),
                standing=f"{limit.amount(limit.used)} of {limit.amount(limit.allowed)} {limit.period.label} used"
                if limit
                else "This limit was lifted",
                amount=given.get("amount", write_amount(request.unit, request.amount)),
                until=given.get("until", max(request.ends_on, today).isoformat()),
                error=error if given else "",
            )
        )
    return rows


def read_terms(request: LimitRequest, sent: Mapping[str, str]) -> tuple[int, date]:
    """Read how much is approved until when. Raises Invalid with a sentence."""
    ends_on = read_day(sent.get("until"))
    if ends_on is None:
        raise Invalid("Say until which day.")
    try:
        return read_amount(request.unit, sent.get("amount", "")), ends_on
    except ValueError as error:
        raise Invalid(str(error)) from None
