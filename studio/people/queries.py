"""Reading people and their links."""

import hashlib

from studio.people.models import PasswordLink, TeamRole, User


def digest_of(token: str) -> str:
    """Return what is stored of a link's token. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_link(token: str) -> PasswordLink | None:
    """Return the link of this token, used or expired ones too, so that its page can say which."""
    return PasswordLink.objects.select_related("user").filter(token_digest=digest_of(token)).first()


def active_admins() -> list[User]:
    """Return the admins who can sign in, the oldest first."""
    return list(User.objects.filter(role=TeamRole.ADMIN, is_active=True).order_by("id"))
