"""Why nobody is signed in: one word for the audit log, one sentence for whoever stands at the door."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from project.company import Company
from studio.people.models import User


class Reason(StrEnum):
    CANCELLED = "cancelled"
    DECLINED = "declined"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"
    DEACTIVATED = "deactivated"
    TAKEN = "taken"
    RACED = "raced"
    SOMEBODY_ELSE = "somebody else"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class _Telling:
    status: int
    sentence: str


_AGAIN = "Begin again; if that doesn’t help, tell an admin of your team."
_TELLINGS: Final = {
    Reason.CANCELLED: _Telling(400, "The sign-in was cancelled at {name}. Begin again when you like."),
    Reason.DECLINED: _Telling(403, f"{{title}} declined to sign you in. {_AGAIN}"),
    Reason.STALE: _Telling(
        400,
        "This sign-in was begun in another browser, is over ten minutes old, or was used already. Begin again.",
    ),
    Reason.UNREACHABLE: _Telling(
        503,
        "{title} doesn’t answer. Try again in a few minutes, or sign in with your password if you have one.",
    ),
    Reason.UNTRUSTED: _Telling(
        403, f"What {{name}} answered can’t be trusted, so nobody was signed in. {_AGAIN}"
    ),
    Reason.UNCONFIRMED: _Telling(
        403,
        "{title} doesn’t say that your e-mail address is confirmed, so it can’t tell which account is yours. Sign in "
        "with your password, or by your invitation’s link, and link {name} on the page Security of your account.",
    ),
    Reason.UNKNOWN: _Telling(
        403,
        "{title} knows you, but nobody has invited your address to Studio yet. Ask an admin of your team to invite it.",
    ),
    Reason.DEACTIVATED: _Telling(
        403, "Your account here was deactivated. An admin of your team can switch it on again."
    ),
    Reason.TAKEN: _Telling(
        409,
        "The account here and the one at {name} don’t belong together: one of them is linked otherwise already. "
        "Ask an admin of your team.",
    ),
    Reason.RACED: _Telling(409, "The account changed in the very same moment. Begin again."),
    Reason.SOMEBODY_ELSE: _Telling(
        403, "At {name} you are somebody else than here. Sign out there, then confirm once more."
    ),
    Reason.NOT_ASKED: _Telling(
        403,
        "{title} didn’t ask you who you are, so nothing is confirmed. Sign out here and in again, then go on.",
    ),
}


class Refused(Exception):
    """Nobody is signed in. `detail` is for the log, in our words; `person` is who it would have been."""

    def __init__(self, reason: Reason, detail: str = "", *, person: User | None = None) -> None:
        super().__init__(reason.value)
        self.reason, self.detail, self.person = reason, detail, person

    @property
    def status(self) -> int:
        return _TELLINGS[self.reason].status

    def sentence(self, company: Company) -> str:
        return _TELLINGS[self.reason].sentence.format(name=company.name, title=company.title)
