"""Who may do what with people. `check_x` raises a sentence, `can_x` wraps it."""

from studio.kit.errors import Conflict, NotAllowed
from studio.people.models import User
from studio.people.queries import active_admins

LAST_ADMIN = "This is the team’s last admin. Make somebody else an admin first."


def check_can_manage_people(user: User) -> None:
    """Raise NotAllowed unless the person is an admin of the team."""
    if not user.is_admin:
        raise NotAllowed("Only admins of the team may do this.")


def check_still_here(person: User) -> None:
    """Raise NotAllowed where somebody was deactivated since their request began; nobody does it until this commits.

    Call it inside the transaction of what they do.
    """
    rows = (
        User.objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("is_active", flat=True)
    )
    if list(rows) != [True]:
        raise NotAllowed("Your account was deactivated.")


def check_can_stop_being_admin(person: User) -> None:
    """Raise Conflict when nobody else could then manage the team."""
    if active_admins() == [person]:
        raise Conflict(LAST_ADMIN)


def can_stop_being_admin(person: User) -> bool:
    try:
        check_can_stop_being_admin(person)
    except Conflict:
        return False
    return True
