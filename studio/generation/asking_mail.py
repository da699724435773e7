"""Mail about requests for more: to the admins when somebody asks, to the asker when they have answered.

No prompt is in them, since mail is read in other places than the project. The room `notifying` sends them.
"""

from django.urls import reverse
from django.utils import timezone

from studio.generation.models import LimitRequest, RequestState
from studio.kit.mail import page_address
from studio.people.models import User
from studio.spending.offers import until_words
from studio.spending.periods import Period
from studio.spending.scopes import name_of_scope


def words_for_admin(request_id: int) -> tuple[str, str] | None:
    """Return subject and text for the admins; None when the request no longer waits."""
    request = _find(request_id)
    if request is None or not request.is_waiting:
        return None
    who, what = request.author.display_name, _wish(request)
    whose, period = (
        name_of_scope(request.quota.project, request.quota.user),
        Period(request.quota.period).label,
    )
    lines = [f"{who} asks for {what}, in {request.project.name}. The limit in the way: {whose}, {period}."]
    if request.reason:
        lines.append(f"“{request.reason}”")
    lines.append(
        f"{request.images} image{'s' * (request.images != 1)} wait for it. Nothing is held or sent yet."
    )
    if address := page_address("/admin/quotas/"):
        lines.append(f"Approve or decline: {address}")
    return f"{who} asks for {what}", "\n\n".join(lines) + "\n"


def words_for_author(request_id: int) -> tuple[str, str] | None:
    """Return subject and text of the answer for the person who has asked; None when there is no answer."""
    request = _find(request_id)
    if request is None or request.decided_by is None:
        return None
    subject, lines = _answer(request, request.decided_by)
    if address := page_address(reverse("generation:studio", args=[request.project.slug])):
        lines.append(f"Your studio: {address}")
    return subject, "\n\n".join(lines) + "\n"


def _answer(request: LimitRequest, by: User) -> tuple[str, list[str]]:
    who = by.display_name
    if request.state == RequestState.DECLINED:
        lines = [f"{who} declined your request for {_wish(request)}."]
        return "Your request was declined", [*lines, *([f"“{request.answer}”"] if request.answer else [])]
    if request.batch_id:
        return "Your request was approved", [f"{who} approved your request. Your images are on their way."]
    lines = [f"{who} approved your request, but something else still stops it.", request.problem]
    return "Your request was approved, but not sent", lines


def _wish(request: LimitRequest) -> str:
    until = until_words(request.ends_on, timezone.localdate(request.created_at))
    return f"{request.amount_words} until {until}"


def _find(request_id: int) -> LimitRequest | None:
    related = ("author", "project", "quota__project", "quota__user", "decided_by")
    return LimitRequest.objects.select_related(*related).filter(pk=request_id).first()
