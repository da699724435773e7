"""Mail about requests for more: to the admins when somebody asks, to the asker when they have answered. Tasks.

No prompt is in them, since mail is read in other places than the project.
"""

from django.urls import reverse
from django.utils import timezone

from studio.generation.models import LimitRequest, RequestState
from studio.kit.mail import page_address, send_to_each
from studio.people.models import TeamRole, User
from studio.spending.offers import until_words
from studio.spending.periods import Period
from studio.spending.scopes import name_of_scope


def tell_admins(request_id: int) -> None:
    """Write to the admins, but for the one who asks."""
    request = _find(request_id)
    if request is None or not request.is_waiting:
        return
    admins = User.objects.filter(is_active=True, role=TeamRole.ADMIN).exclude(pk=request.author_id)
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
    addresses = admins.order_by("id").values_list("email", flat=True)
    send_to_each(addresses, f"{who} asks for {what}", "\n\n".join(lines) + "\n")


def tell_author(request_id: int) -> None:
    """Write the answer to the person who has asked."""
    request = _find(request_id)
    if request is None or not request.author.is_active or request.decided_by is None:
        return
    subject, lines = _answer(request, request.decided_by)
    if address := page_address(reverse("generation:studio", args=[request.project.slug])):
        lines.append(f"Your studio: {address}")
    send_to_each([request.author.email], subject, "\n\n".join(lines) + "\n")


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
