"""What people do to batches and generations. Each verb is one transaction; the engine is woken after commit.

Waking is `robust`: what is committed is queued, and found within seconds even if nobody could be woken.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from studio.audit.actions import record
from studio.catalog.models import ImageModel, ModelSchema
from studio.catalog.policies import check_is_offered
from studio.catalog.queries import pace_of, prompt_of
from studio.catalog.validation import check_input
from studio.generation import policies
from studio.generation.engine.durations import durations
from studio.generation.models import Batch, EarlierSend, Generation, Status
from studio.generation.policies import DISCARDED, NOT_CHARGED
from studio.generation.pricing import price_of_call
from studio.generation.sending import check_mask
from studio.generation.tasks import wake
from studio.generation.timeline import cost_of, note, waited_for
from studio.generation.transitions import move
from studio.generation.uploads import lock_uploads, uploads_in
from studio.kit import clock
from studio.kit.errors import Conflict, Invalid
from studio.kit.fault_points import reach
from studio.kit.wire import JsonObject
from studio.live.actions import announce
from studio.people.models import User
from studio.people.policies import check_still_here
from studio.projects.models import Project
from studio.projects.policies import check_can_generate
from studio.spending import actions as spending
from studio.spending.counting import Outcome, gathered
from studio.spending.models import Hold
from studio.spending.prices import Estimate

MAX_CALLS = 8
PRESUMED_CHARGED = "presumed charged"


def queue_batch(
    *,
    project: Project,
    by: User,
    model: ImageModel,
    input: JsonObject,
    calls: int = 1,
    press: UUID | None = None,
    asked_at: datetime | None = None,
) -> Batch:
    """Queue one press of the button: `calls` generations of the same input, each with its hold.

    `press` names the press: the same one twice gives the same batch, so a double click pays once. `asked_at` is when
    it was pressed at a limit, where somebody had to ask for more. Raises
    NotAllowed, or Invalid with sentences for the fields that are wrong; then nothing is queued or held.
    """
    schema = check_press(project=project, by=by, model=model, input=input, calls=calls)
    pressed = Batch.objects.filter(press=press, project=project) if press else Batch.objects.none()
    if there := pressed.first():
        return there
    check_mask(project, model, input)
    batch = _new_batch(project, by, model, schema, input, press)
    try:
        _queue_calls(batch, [None] * calls, asked_at)
    except IntegrityError:
        # The same press in another process, which was faster by a hair.
        if there := pressed.first():
            return there
        if press is None or not Batch.objects.filter(press=press).exists():
            raise
        raise Conflict("This form was sent already. Reload the page and try again.") from None
    return batch


def check_press(
    *, project: Project, by: User, model: ImageModel, input: JsonObject, calls: int
) -> ModelSchema:
    """Check all that can be said of a press without its mask and its money; return the schema that it fits.

    Raises NotAllowed, or Invalid with sentences for the fields that are wrong.
    """
    check_can_generate(project, by)
    if not 1 <= calls <= MAX_CALLS:
        raise Invalid(f"Choose 1 to {MAX_CALLS} calls.")
    schema = check_is_offered(model, project)
    check_input(model, input)
    return schema


def _new_batch(
    project: Project,
    by: User,
    model: ImageModel,
    schema: ModelSchema,
    input: JsonObject,
    press: UUID | None = None,
) -> Batch:
    prompt = prompt_of(model, input)
    return Batch(
        project=project, author=by, model=model, schema=schema, prompt=prompt, input=input, press=press
    )


def _queue_calls(batch: Batch, calls: Sequence[Generation | None], asked_at: datetime | None = None) -> None:
    """Queue a generation for each of `calls`: what it tries again, or None."""
    with transaction.atomic(), gathered():
        # Before all else, as where people leave, so that neither waits for the other.
        check_still_here(batch.author)
        lock_uploads(batch.project, batch.input)
        batch.save(force_insert=True)
        batch.uploads.set(uploads_in(batch.input))
        price, pace = price_of_call(batch.model, batch.input), pace_of(batch.model, batch.input)
        for position, retried in enumerate(calls):
            _queue(batch, position=position, price=price, pace=pace, retried=retried, asked_at=asked_at)
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    reach("press.committed")
    wake()


def _queue(
    batch: Batch,
    *,
    position: int,
    price: Estimate,
    pace: str,
    retried: Generation | None,
    asked_at: datetime | None,
) -> None:
    now, images = clock.now(), price.images
    reach("hold.before")
    held = _hold(batch, price)
    reach("hold.after")
    generation = Generation.objects.create(
        batch=batch,
        project=batch.project,
        author=batch.author,
        model=batch.model,
        pace=pace,
        position=position,
        images_asked=images,
        hold=held,
        retry_of=retried,
        next_action_at=now,
    )
    if retried:
        announce(project_id=retried.project_id, subject_kind="generation", subject_id=retried.id)
    if asked_at:
        note(generation.id, "asked", asked_at)
    note(generation.id, "queued", now, **waited_for("limit" if asked_at else ""))
    note(generation.id, "held", now, images=images, **cost_of(price.cost_micros))
    announce(project_id=batch.project_id, subject_kind="generation", subject_id=generation.id)


def _hold(batch: Batch, price: Estimate, by: User | None = None) -> Hold:
    return spending.hold(
        project=batch.project,
        by=by or batch.author,
        model=batch.model,
        images=price.images,
        cost_micros=price.cost_micros,
    )


def cancel(*, generation: Generation, by: User, only_unsent: bool = False) -> None:
    """Cancel what is still queued; otherwise remember the wish, and let the true outcome decide the money.

    With `only_unsent`, for somebody who was told that it is free, raises Conflict where it has been sent meanwhile.
    """
    policies.check_can_cancel(generation, by)
    now = clock.now()
    with transaction.atomic():
        if not _cancel_unsent(generation, now):
            if only_unsent:
                raise Conflict(
                    "It has just been sent, so cancelling is no longer free. Nothing was cancelled."
                )
            _ask_to_cancel(generation)
        record(verb="generation.cancelled", subject=generation, by=by)


def cancel_unsent_of(*, author: User, by: User) -> int:
    """Cancel all that somebody has queued, who leaves the team, and return how many; what is being sent goes on."""
    now = clock.now()
    with transaction.atomic(), gathered():
        queued = Generation.objects.filter(author=author, status=Status.QUEUED).order_by("id")
        cancelled = [generation for generation in queued if _cancel_unsent(generation, now)]
        for generation in cancelled:
            record(verb="generation.cancelled", subject=generation, by=by)
    return len(cancelled)


def _cancel_unsent(generation: Generation, now: datetime) -> bool:
    """Cancel what is still queued and release what it holds; False where it is being sent already."""
    if not move(generation, Status.CANCELLED, at=now, sources=(Status.QUEUED,), cancel_requested_at=now):
        return False
    generation = _as_it_is(generation)
    spending.release(generation.hold_id, reason="never sent", outcome=Outcome("cancelled"))
    note(generation.id, "cancelled", now, reason="never sent")
    note(generation.id, "released", now)
    return True


def _ask_to_cancel(generation: Generation) -> None:
    now = clock.now()
    pending = Generation.objects.filter(
        id=generation.id,
        status__in=(Status.SUBMITTING, Status.RUNNING, Status.FETCHING),
        cancel_requested_at__isnull=True,
    )
    if pending.update(cancel_requested_at=now) != 1:
        raise Conflict("This generation has just ended, there is nothing to cancel.")
    note(generation.id, "cancel_requested", now, reason="the provider can't stop it; images go to the trash")
    announce(project_id=generation.project_id, subject_kind="generation", subject_id=generation.id)


def retry(*, generation: Generation, by: User) -> Batch:
    """Queue the same input once more, as a new batch with its own hold.

    A generation is retried once, by whomever: two presses, or two people, give the same batch. When that one
    fails too, it is retried in its turn.
    """
    policies.check_can_retry(generation, by)
    return _retry(generation.batch, [generation], by)


def retry_failed(*, batch: Batch, by: User, up_to: int | None = None) -> Batch:
    """Queue all that has failed of a batch once more, as one new batch: held as a whole, or not at all.

    With `up_to`, only those up to this id: as many as the limits have room for (`failures.that_fit`).

    Left out is what was retried already, what the provider's filter refused, and what a person has given up.
    Two presses give the same batch. Raises OverLimit where the limits have no room for all.
    """
    check_can_generate(batch.project, by)
    older = batch.generations.all() if up_to is None else batch.generations.filter(id__lte=up_to)
    failed = policies.retryable_together(older.order_by("id"))
    if not failed:
        raise Conflict("Nothing of this batch has failed in a way that trying again could mend.")
    return _retry(batch, failed, by)


def _retry(batch: Batch, generations: Collection[Generation], by: User) -> Batch:
    """Queue the input of a batch again for those of its generations that nobody has retried yet."""
    schema = check_press(
        project=batch.project, by=by, model=batch.model, input=batch.input, calls=len(generations)
    )
    check_mask(batch.project, batch.model, batch.input)
    ids = [generation.pk for generation in generations]
    fresh = _new_batch(batch.project, by, batch.model, schema, batch.input)
    with transaction.atomic(), gathered():
        # Locked, and only then asked: the second of two presses sees what the first one made.
        locked = list(Generation.objects.select_for_update().filter(id__in=ids).order_by("id"))
        retries = {
            each.retry_of_id: each for each in Generation.objects.filter(retry_of__in=ids).order_by("id")
        }
        left = [generation for generation in locked if generation.pk not in retries]
        if left:
            _queue_calls(fresh, left)
            return fresh
    return retries[max(ids)].batch


def check_again(*, generation: Generation, by: User) -> None:
    """Have the provider asked again about a generation whose outcome is unknown."""
    policies.check_can_check_again(generation, by)
    now = clock.now()
    with transaction.atomic():
        moved = move(
            generation,
            Status.RUNNING,
            at=now,
            sources=(Status.UNKNOWN,),
            next_action_at=now,
            deadline_at=now + timedelta(seconds=durations().run_deadline_s),
            problem="",
            problem_code="",
            problem_words="",
        )
        _must(moved)
        note(generation.id, "checked_again", now)
        record(verb="generation.checked_again", subject=generation, by=by)
        transaction.on_commit(wake, robust=True)


def send_again(*, generation: Generation, by: User) -> None:
    """Send a generation of unknown outcome once more. The first send is presumed charged; the second has its own hold."""
    policies.check_can_send_again(generation, by)
    check_is_offered(generation.batch.model, generation.project)
    now = clock.now()
    with transaction.atomic(), gathered():
        sent = Generation.objects.select_for_update().get(id=generation.id)
        price = price_of_call(generation.batch.model, generation.batch.input)
        fresh = _hold(generation.batch, price, by)
        moved = move(
            generation,
            Status.QUEUED,
            at=now,
            sources=(Status.UNKNOWN,),
            next_action_at=now,
            hold_id=fresh.id,
            task_id="",
            key_id=None,
            deadline_at=None,
            cancel_requested_at=None,
            problem="",
            problem_code="",
            problem_words="",
        )
        _must(moved)
        EarlierSend.objects.create(generation=sent, hold_id=sent.hold_id, key_id=sent.key_id)
        _presume_charged(sent, now, Outcome(None, sent.key_id))
        note(generation.id, "sent_again", now)
        note(generation.id, "held", now, images=price.images, **cost_of(price.cost_micros))
        record(verb="generation.sent_again", subject=generation, by=by)
        transaction.on_commit(wake, robust=True)


def discard(*, generation: Generation, by: User) -> None:
    """Give up a generation of unknown outcome; it is presumed charged."""
    policies.check_can_discard(generation, by)
    now = clock.now()
    sentence = "Discarded. Whether the provider made it is not known, so it counts as charged."
    with transaction.atomic():
        generation = _given_up(generation, now, sentence, DISCARDED)
        note(generation.id, "discarded", now)
        _presume_charged(generation, now, Outcome("failed", generation.key_id, failure=DISCARDED))
        record(verb="generation.discarded", subject=generation, by=by)


def mark_not_charged(*, generation: Generation, by: User) -> None:
    """Give up a generation of unknown outcome of which an admin knows that it was not charged: its hold is released."""
    policies.check_can_mark_not_charged(generation, by)
    now = clock.now()
    sentence = "Given up. An admin has seen that the provider didn’t charge it."
    with transaction.atomic():
        generation = _given_up(generation, now, sentence, NOT_CHARGED)
        note(generation.id, "not_charged", now)
        outcome = Outcome("failed", generation.key_id, failure=NOT_CHARGED)
        if spending.release(generation.hold_id, reason="not charged", outcome=outcome):
            note(generation.id, "released", now)
        record(verb="generation.not_charged", subject=generation, by=by)


def _given_up(generation: Generation, at: datetime, sentence: str, code: str) -> Generation:
    """End what is unknown as failed, and return it. Raises Conflict when it isn't unknown any more."""
    ended = {"problem": sentence, "problem_code": code}
    _must(move(generation, Status.FAILED, at=at, sources=(Status.UNKNOWN,), **ended))
    return _as_it_is(generation)


def _as_it_is(generation: Generation) -> Generation:
    """Return it as it is now that it has moved: since it was read it may have been sent again, with another hold."""
    return Generation.objects.get(id=generation.id)


def _presume_charged(generation: Generation, at: datetime, outcome: Outcome) -> None:
    """Close the hold of a send of which nobody knows the outcome."""
    images = generation.images_asked
    entry = spending.settle(generation.hold_id, images=images, reason=PRESUMED_CHARGED, outcome=outcome)
    if entry:
        note(
            generation.id, "settled", at, images=images, reason=PRESUMED_CHARGED, **cost_of(entry.cost_micros)
        )


def _must(moved: bool) -> None:
    if not moved:
        raise Conflict("Somebody else has just decided about this generation.")
