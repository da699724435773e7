"""Secrets at rest, encrypted with keys outside the database. The first key encrypts, all decrypt.

The keys come from the environment, or from a file that is read anew each time: whoever puts a new key first in it
needs no restart.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import QuerySet

from studio.kit.errors import StudioError


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """How many secrets are now encrypted with the first key, were so already, or can't be read."""

    changed: int
    same: int
    unreadable: int


class WrongEncryptionKey(StudioError):
    """A stored secret was encrypted with a key that this installation doesn't have."""

    status = 500


class NoEncryptionKey(WrongEncryptionKey):
    """There is no key at all, or something that is none."""


def encrypt(secret: str) -> str:
    """Return the secret encrypted with the first key. Raises NoEncryptionKey."""
    return _box().encrypt(secret.encode()).decode()


def decrypt(token: str) -> str:
    """Return the secret of a token that `encrypt` made. Raises WrongEncryptionKey."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken:
        raise WrongEncryptionKey(
            "A stored secret can't be read: STUDIO_ENCRYPTION_KEYS (or secrets/encryption_keys in the data "
            "folder) isn't what it was encrypted with. Put the old key back, or enter anew what was stored."
        ) from None


def reencrypt(token: str) -> str | None:
    """Return the token encrypted with the first key, or None where it is so already. Raises WrongEncryptionKey."""
    try:
        Fernet(encryption_keys()[0]).decrypt(token.encode())
    except InvalidToken:
        return encrypt(decrypt(token))
    return None


def reencrypt_rows(rows: "QuerySet[Any]") -> Reencrypted:
    """Encrypt `secret_encrypted` of every row with the first key, each only if nobody has changed it meanwhile."""
    counts = Counter(_reencrypt_row(row, rows) for row in rows)
    return Reencrypted(counts["changed"], counts["same"], counts["unreadable"])


def _reencrypt_row(row: Any, rows: "QuerySet[Any]") -> str:
    try:
        fresh = reencrypt(row.secret_encrypted)
    except NoEncryptionKey:
        raise
    except WrongEncryptionKey:
        return "unreadable"
    if fresh is None:
        return "same"
    mine = rows.filter(pk=row.pk, secret_encrypted=row.secret_encrypted)
    return "changed" if mine.update(secret_encrypted=fresh) else "same"


def encryption_keys() -> list[str]:
    """Return the keys, the one that encrypts first. Raises NoEncryptionKey."""
    keys = settings.ENCRYPTION_KEYS or _keys_in_file()
    if not keys:
        raise NoEncryptionKey(
            f"There is no encryption key: {settings.ENCRYPTION_KEYS_FILE} is missing or empty. Put it back, or "
            "set STUDIO_ENCRYPTION_KEYS."
        )
    return keys


def _keys_in_file() -> list[str]:
    try:
        lines = settings.ENCRYPTION_KEYS_FILE.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [key for line in lines if (key := line.strip()) and not key.startswith("#")]


def _box() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in encryption_keys()])
    except ValueError:
        raise NoEncryptionKey(
            f"{settings.ENCRYPTION_KEYS_FILE} holds a line that is no encryption key. Put the keys back, one a line."
        ) from None
