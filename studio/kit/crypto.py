"""Secrets at rest, encrypted with keys outside the database. The first key encrypts, all decrypt."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from studio.kit.errors import StudioError


class WrongEncryptionKey(StudioError):
    """A stored secret was encrypted with a key that this installation doesn't have."""

    status = 500


def encrypt(secret: str) -> str:
    """Return the secret encrypted with the first of `settings.ENCRYPTION_KEYS`."""
    return _box().encrypt(secret.encode()).decode()


def decrypt(token: str) -> str:
    """Return the secret of a token that `encrypt` made. Raises WrongEncryptionKey."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken:
        raise WrongEncryptionKey(
            "A stored API key can't be read: STUDIO_ENCRYPTION_KEYS (or secrets/encryption_keys in the data "
            "folder) isn't what it was encrypted with. Put the old key back, or add the API key again."
        ) from None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
