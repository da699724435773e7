"""What may be done to generations and images, by whom, and why not: `check_x` raises the sentence, `can_x` wraps it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from studio.generation.models import Generation, Image, LimitRequest, RequestState, Status
from studio.kit.errors import Conflict, NotAllowed, StudioError
from studio.people.models import User
from studio.people.policies import check_can_manage_people
from studio.projects.models import Project, ProjectRole
from studio.projects.policies import ARCHIVED, MAKERS, can_generate, check_can_generate
from studio.projects.queries import role_in

RETRYABLE = (Status.FAILED, Status.CANCELLED)
# What a person gave up.
DISCARDED = "discarded"
NOT_CHARGED = "not_charged"
# What providers call a refusal by their content filters.
FILTER_WORDS = ("safety", "policy", "moderation", "content_filter", "nsfw")
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


def is_filtered(generation: Generation) -> bool:
    """Tell whether the provider's content filter refused the prompt."""
    said = f"{generation.problem_code} {generation.problem_words}".lower()
    return any(word in said for word in FILTER_WORDS)


def retryable_together(generations: Iterable[Generation]) -> list[Generation]:
    """Return those that have failed in a way that trying again could mend, which nobody decided to give up."""
    given_up = (DISCARDED, NOT_CHARGED)
    return [
        one
        for one in generations
        if one.status == Status.FAILED and not is_filtered(one) and one.problem_code not in given_up
    ]


def check_can_check_again(generation: Generation, user: User) -> None:
    _check_unknown(generation, user)
    if not generation.task_id:
        raise Conflict("The provider gave no task number, so it can't be asked about this generation.")


def check_can_send_again(generation: Generation, user: User) -> None:
    _check_unknown(generation, user)


def check_can_discard(generation: Generation, user: User) -> None:
    _check_unknown(generation, user)


def check_can_mark_not_charged(generation: Generation, user: User) -> None:
    """Raise NotAllowed unless an admin asks: they alone see what the provider charged."""
    check_can_manage_people(user)
    _check_unknown(generation, user)


def _check_unknown(generation: Generation, user: User) -> None:
    check_can_generate(generation.project, user)
    if generation.status != Status.UNKNOWN:
        raise Conflict("The outcome of this generation is known by now.")


def can_see_keys(user: User) -> bool:
    """Tell whether somebody reads with which API key a generation went out: who manages them does."""
    return user.is_admin


def check_can_decide(request: LimitRequest, user: User) -> None:
    check_can_manage_people(user)
    if request.state == RequestState.WITHDRAWN:
        raise Conflict("This request was withdrawn, there is nothing to decide.")
    if not request.is_waiting:
        who = request.decided_by.display_name if request.decided_by else "Somebody"
        raise Conflict(f"{who} has {request.state} this request already.")


def check_can_approve(request: LimitRequest, user: User) -> None:
    """Raise NotAllowed for all but admins, and Conflict where it is decided or its author may no longer send."""
    check_can_decide(request, user)
    if not can_generate(request.project, request.author):
        name = request.author.display_name
        raise Conflict(f"{name} can’t make images in this project any more. Decline the request.")


def check_can_send_waiting(request: LimitRequest, user: User) -> None:
    _check_own(request, user)
    if not request.is_stopped:
        raise Conflict("This was sent already, or it waits for an answer.")


def check_can_withdraw(request: LimitRequest, user: User) -> None:
    _check_own(request, user)
    if not request.is_waiting:
        raise Conflict("This request was answered already.")


def check_can_put_away(request: LimitRequest, user: User) -> None:
    _check_own(request, user)
    if request.is_waiting:
        raise Conflict("This request still waits for an answer. Withdraw it instead.")


def _check_own(request: LimitRequest, user: User) -> None:
    if request.author_id != user.pk:
        raise NotAllowed("Only the person who has asked may do this.")


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


@dataclass(frozen=True, slots=True)
class ImageRights:
    """What one person may do with the images of one project: read once, asked for every image of a page."""

    user: User
    role: ProjectRole | None
    is_archived: bool

    def check_can_delete(self, images: Iterable[Image]) -> None:
        """Raise NotAllowed unless the person may delete all of these; who may delete may also restore."""
        if self.is_archived:
            raise NotAllowed(ARCHIVED)
        if self.role not in MAKERS:
            raise NotAllowed(
                "You can look at this project but not delete its images. Ask one of its managers."
            )
        listed = list(images)
        foreign = sum(image.author_id != self.user.pk for image in listed)
        if foreign and self.role is not ProjectRole.MANAGER:
            raise NotAllowed(_not_yours(foreign, len(listed)))

    @property
    def may_make(self) -> bool:
        """The same as `can_generate`, without asking the database again."""
        return not self.is_archived and self.role in MAKERS

    def can_delete(self, image: Image) -> bool:
        try:
            self.check_can_delete([image])
        except NotAllowed:
            return False
        return True


def image_rights(project: Project, user: User) -> ImageRights:
    """Read what this person may do with the project's images."""
    return ImageRights(user, role_in(project, user), project.is_archived)


def _not_yours(foreign: int, total: int) -> str:
    if total == 1:
        return "Somebody else made this image. Only they and the project’s managers can do this."
    are = "isn’t" if foreign == 1 else "aren’t"
    return f"{foreign} of these {total} images {are} yours, so nothing was changed. Ask a manager, or choose only yours."
