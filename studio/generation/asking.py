"""Asking for more than a limit allows. The press that it stopped waits with the question, and an admin's yes sends it.

It goes out through the same door as any other press: all limits are checked again, and what another one still stops
stays where it is and says so to both.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from studio.audit.actions import record
from studio.catalog.models import ImageModel
from studio.catalog.queries import prompt_of
from studio.generation.actions import check_press, queue_batch
from studio.generation.models import Batch, LimitRequest, RequestState
from studio.generation.policies import (
    check_can_approve,
    check_can_decide,
    check_can_put_away,
    check_can_send_waiting,
    check_can_withdraw,
)
from studio.generation.pricing import price_of_call
from studio.generation.sending import check_mask
from studio.generation.uploads import lock_uploads, uploads_in
from studio.kit import clock
from studio.kit.errors import Conflict, StudioError
from studio.kit.parameters import read_line
from studio.kit.wire import JsonObject
from studio.live.actions import announce
from studio.people.models import User
from studio.projects.models import Project
from studio.spending.granting import check_amount, give_grant
from studio.spending.limits import Limit, Unit, read_limits
from studio.spending.periods import Period
from studio.spending.scopes import Scope, scopes_of

MOST_WAITING = 20
# Of a reason and of an answer, in characters.
LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: so much more (images, or micro-dollars) of a quota until the end of a day, and why."""

    quota_id: int
    unit: Unit
    amount: int
    ends_on: date
    reason: str = ""


def ask_for_more(
    *,
    project: Project,
    by: User,
    model: ImageModel,
    input: JsonObject,
    calls: int,
    press: UUID,
    wish: Wish,
) -> LimitRequest:
    """Keep a press that a limit stops, and ask the admins for more; the same press asks once.

    Raises NotAllowed, Invalid, or Conflict where nothing is in the way any more.
    """
    schema = check_press(project=project, by=by, model=model, input=input, calls=calls)
    asked = LimitRequest.objects.filter(press=press, project=project, author=by)
    if there := asked.first():
        return there
    check_amount(wish.amount, wish.ends_on)
    check_mask(project, model, input)
    price = price_of_call(model, input)
    cost = None if price.cost_micros is None else price.cost_micros * calls
    request = LimitRequest(
        quota_id=wish.quota_id,
        unit=wish.unit,
        amount=wish.amount,
        ends_on=wish.ends_on,
        reason=read_line(wish.reason, longest=LONGEST_WORDS),
        project=project,
        author=by,
        model=model,
        schema=schema,
        prompt=prompt_of(model, input),
        input=input,
        calls=calls,
        images=price.images * calls,
        cost_micros=cost,
        press=press,
    )
    _check_needed(request)
    try:
        _keep(request)
    except IntegrityError:
        # The same press in another process, which was faster by a hair.
        if there := asked.first():
            return there
        if not LimitRequest.objects.filter(press=press).exists():
            raise
        raise Conflict("This form was sent already. Reload the page and try again.") from None
    return request


def _check_needed(request: LimitRequest) -> None:
    if Batch.objects.filter(press=request.press).exists():
        raise Conflict("This was sent already, so there is nothing to ask for.")
    limits = read_limits(scopes_of(request.project_id, request.author_id))
    limit = next((one for one in limits if is_of(request, one)), None)
    if limit is None or not limit.lacks(request.images, request.cost_micros or 0):
        raise Conflict("This limit is no longer in the way. Press Generate again.")
    waiting = LimitRequest.objects.filter(author=request.author_id, state=RequestState.WAITING)
    if waiting.count() >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} of your requests wait already. Withdraw one, or wait for an answer.")


def is_of(request: LimitRequest, limit: Limit) -> bool:
    """Tell whether a request asks for more of this limit."""
    return (limit.quota_id, str(limit.unit)) == (request.quota_id, request.unit)


def _keep(request: LimitRequest) -> None:
    with transaction.atomic():
        lock_uploads(request.project, request.input)
        request.save(force_insert=True)
        request.uploads.set(uploads_in(request.input))
        details: JsonObject = {
            "period": request.quota.period,
            "images" if request.unit == Unit.IMAGES else "micros": request.amount,
            "until": request.ends_on.isoformat(),
        }
        record(verb="request.made", subject=request, by=request.author, details=details)
        _announce(request)


def approve(*, request: LimitRequest, amount: int, ends_on: date, by: User) -> LimitRequest:
    """Grant so much until the end of a day, and send the press that waits, in one transaction.

    The grant stands even where something else still stops the press: then `problem` of the request says what.
    Raises NotAllowed, Invalid, or Conflict when it was decided already or its author may no longer send.
    """
    with transaction.atomic():
        request = _locked_to_send(request)
        check_can_approve(request, by)
        scope = Scope(request.quota.project_id, request.quota.user_id)
        request.grant = give_grant(
            scope=scope,
            period=Period(request.quota.period),
            unit=Unit(request.unit),
            amount=amount,
            ends_on=ends_on,
            by=by,
        )
        try:
            request.batch = _send(request)
        except StudioError as refusal:
            request.problem = refusal.sentence[:500]
        _decide(request, RequestState.APPROVED, by)
        details: JsonObject = {
            "person": request.author_id,
            "grant": request.grant.pk,
            "batch": request.batch_id,
        }
        record(verb="request.approved", subject=request, by=by, details=details)
    return request


def decline(*, request: LimitRequest, answer: str, by: User) -> None:
    """Say no, with a sentence or without. Raises NotAllowed, or Conflict when it was decided already."""
    with transaction.atomic():
        request = _locked(request)
        check_can_decide(request, by)
        request.answer = read_line(answer, longest=LONGEST_WORDS)
        _decide(request, RequestState.DECLINED, by)
        record(verb="request.declined", subject=request, by=by, details={"person": request.author_id})


def withdraw(*, request: LimitRequest, by: User) -> None:
    """Take a question back. Raises NotAllowed, or Conflict when it was decided already."""
    with transaction.atomic():
        request = _locked(request)
        check_can_withdraw(request, by)
        request.seen_at = clock.now()
        _decide(request, RequestState.WITHDRAWN, by)
        record(verb="request.withdrawn", subject=request, by=by)


def withdraw_all_of(*, author: User, by: User) -> None:
    """Take back all that somebody has asked for, who leaves the team."""
    with transaction.atomic():
        waiting = LimitRequest.objects.filter(author=author, state=RequestState.WAITING).order_by("id")
        for request in [_locked(one) for one in waiting]:
            if request.is_waiting:
                request.seen_at = clock.now()
                _decide(request, RequestState.WITHDRAWN, by)
                record(verb="request.withdrawn", subject=request, by=by)


def send_waiting(*, request: LimitRequest, by: User) -> Batch:
    """Send an approved press that something else had stopped. Raises what still stops it."""
    with transaction.atomic():
        request = _locked_to_send(request)
        check_can_send_waiting(request, by)
        batch = request.batch = _send(request)
        request.problem = ""
        request.save()
        record(verb="request.sent", subject=request, by=by, details={"batch": batch.pk})
        _announce(request)
    return batch


def put_away(*, request: LimitRequest, by: User) -> None:
    """Remove an answered request from its author's studio."""
    check_can_put_away(request, by)
    with transaction.atomic():
        LimitRequest.objects.filter(pk=request.pk, seen_at__isnull=True).update(seen_at=clock.now())
        _announce(request)


def _locked(request: LimitRequest) -> LimitRequest:
    """Return the request as it is now, kept from others until the transaction ends."""
    rows = LimitRequest.objects.select_related("project", "author", "model", "quota")
    return rows.select_for_update(of=("self",)).get(pk=request.pk)


def _locked_to_send(request: LimitRequest) -> LimitRequest:
    """Return it likewise where it may go out: its author first, as where people leave, so that neither waits for both."""
    list(User.objects.select_for_update(no_key=True).filter(pk=request.author_id).values_list("pk"))
    return _locked(request)


def _send(request: LimitRequest) -> Batch:
    return queue_batch(
        project=request.project,
        by=request.author,
        model=request.model,
        input=request.input,
        calls=request.calls,
        press=request.press,
        asked_at=request.created_at,
    )


def _decide(request: LimitRequest, state: RequestState, by: User) -> None:
    request.state, request.decided_by, request.decided_at = state, by, clock.now()
    request.save()
    _announce(request)


def _announce(request: LimitRequest) -> None:
    announce(project_id=request.project_id, subject_kind="request", subject_id=request.pk)
