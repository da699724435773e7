"""Mail about requests for more: to the admins when somebody asks, to the asker when they have answered.

No prompt is in them, since mail is read in other places than the project. The room `notifying` sends them.
"""

from django.urls import reverse
from django.utils import timezone

from studio.generation.models import LimitRequest, RequestState
from studio.kit.mail import page_address, written
from studio.spending.offers import until_words
from studio.spending.periods import Period
from studio.spending.scopes import name_of_scope


def words_for_admin(request_id: int) -> tuple[str, str] | None:
    """Return subject and text for the admins; None when the request no longer waits."""
    request = _find(request_id)
    if request is None or not request.is_waiting:
        return None
    return written(
        "asked",
        {
            "who": request.author.display_name,
            "wish": _wish(request),
            "request": request,
            "whose": name_of_scope(request.quota.project, request.quota.user),
            "period": Period(request.quota.period).label,
            "link": page_address("/admin/quotas/"),
        },
    )


def words_for_author(request_id: int) -> tuple[str, str] | None:
    """Return subject and text of the answer for the person who has asked; None when there is no answer."""
    request = _find(request_id)
    if request is None or request.decided_by is None:
        return None
    return written(
        "answered",
        {
            "who": request.decided_by.display_name,
            "wish": _wish(request),
            "request": request,
            "is_declined": request.state == RequestState.DECLINED,
            "link": page_address(reverse("generation:studio", args=[request.project.slug])),
        },
    )


def _wish(request: LimitRequest) -> str:
    until = until_words(request.ends_on, timezone.localdate(request.created_at))
    return f"{request.amount_words} until {until}"


def _find(request_id: int) -> LimitRequest | None:
    related = ("author", "project", "quota__project", "quota__user", "decided_by")
    return LimitRequest.objects.select_related(*related).filter(pk=request_id).first()
