"""The words in which the access tables are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cast import Cast

ROLES = ("anonymous", "deactivated", "stranger", "guest", "viewer", "contributor", "manager", "admin")
SIGN_IN = "sign in"

Expected = Mapping[str, int | str]
Arguments = Mapping[str, Any]


def _expect(**by_role: int) -> Expected:
    return {"anonymous": SIGN_IN, "deactivated": SIGN_IN, **by_role}


def public(status: int) -> Expected:
    """Everybody gets this answer, signed in or not."""
    return dict.fromkeys(ROLES, status)


def signed_in(status: int) -> Expected:
    """Everybody of the team gets this answer."""
    return _expect(
        stranger=status, guest=status, viewer=status, contributor=status, manager=status, admin=status
    )


def seers(status: int) -> Expected:
    """Who may see the members-only project; for everyone else it does not exist."""
    return _expect(
        stranger=404, guest=status, viewer=status, contributor=status, manager=status, admin=status
    )


def makers(status: int) -> Expected:
    """Contributors, managers and admins; a viewer is refused."""
    return _expect(stranger=404, guest=status, viewer=403, contributor=status, manager=status, admin=status)


def managers(status: int) -> Expected:
    """Managers and admins; other members are refused."""
    return _expect(stranger=404, guest=403, viewer=403, contributor=403, manager=status, admin=status)


def admins(status: int) -> Expected:
    """Admins of the team; everyone else is refused."""
    return _expect(stranger=403, guest=403, viewer=403, contributor=403, manager=403, admin=status)


def nothing(cast: Cast) -> Arguments:
    return {}


def the_project(cast: Cast) -> Arguments:
    return {"slug": cast.project.slug}


@dataclass(frozen=True)
class Row:
    """One request to one route and what each role gets: a status, or the way to the sign-in.

    `kwargs` and `data` are made from the cast; rows that they need (an image, a link) are created there.
    """

    route: str
    expected: Expected
    kwargs: Callable[[Cast], Arguments] = nothing
    method: str = "GET"
    data: Callable[[Cast], Arguments] = nothing
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"
