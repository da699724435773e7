"""What may be done to a generation, by whom, and why not: `check_x` raises the sentence, `can_x` wraps it."""

from collections.abc import Callable

from studio.generation.models import Generation, Status
from studio.kit.errors import Conflict, StudioError
from studio.people.models import User
from studio.projects.policies import check_can_generate

RETRYABLE = (Status.FAILED, Status.CANCELLED)
CANCELLABLE = (Status.QUEUED, Status.SUBMITTING, Status.RUNNING, Status.FETCHING)


def check_can_cancel(generation: Generation, user: User) -> None:
    check_can_generate(generation.project, user)
    if generation.status not in CANCELLABLE:
        raise Conflict("This generation is over, there is nothing to cancel.")
    if generation.cancel_requested_at is not None:
        raise Conflict("Cancelling was asked already. The provider can't stop it, so we wait for its end.")


def check_can_retry(generation: Generation, user: User) -> None:
    check_can_generate(generation.project, user)
    if generation.status not in RETRYABLE:
        raise Conflict("Only a failed or cancelled generation can be tried again.")


def check_can_check_again(generation: Generation, user: User) -> None:
    _check_unknown(generation, user)
    if not generation.task_id:
        raise Conflict("The provider gave no task number, so it can't be asked about this generation.")


def check_can_send_again(generation: Generation, user: User) -> None:
    _check_unknown(generation, user)


def check_can_discard(generation: Generation, user: User) -> None:
    _check_unknown(generation, user)


def _check_unknown(generation: Generation, user: User) -> None:
    check_can_generate(generation.project, user)
    if generation.status != Status.UNKNOWN:
        raise Conflict("The outcome of this generation is known by now.")


def _can(check: Callable[[Generation, User], None]) -> Callable[[Generation, User], bool]:
    def can(generation: Generation, user: User) -> bool:
        try:
            check(generation, user)
        except StudioError:
            return False
        return True

    return can


can_cancel = _can(check_can_cancel)
can_retry = _can(check_can_retry)
can_check_again = _can(check_can_check_again)
can_send_again = _can(check_can_send_again)
can_discard = _can(check_can_discard)
