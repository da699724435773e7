"""Blotting out a secret that somebody repeats, in every form in which it could be read back."""

import base64
from functools import lru_cache
from urllib.parse import quote

BLOT = b"[API key]"
SHORTEST = 8
"""What is shorter is a common word and no secret, such as the sandbox's key."""


def blot(text: bytes, secret: str) -> bytes:
    """Return the text without the secret: as it is, in an address, in JSON, or inside of something in base64."""
    if len(secret) < SHORTEST:
        return text
    for form in _forms(secret):
        if form in text:
            text = text.replace(form, BLOT)
    return text


@lru_cache(maxsize=256)
def _forms(secret: str) -> tuple[bytes, ...]:
    written = {secret, quote(secret, safe=""), quote(secret), secret.replace("/", "\\/")}
    plain = {form.encode() for form in written}
    # The longest first: what one form leaves must not hide another one.
    return tuple(sorted(plain | set(_in_base64(secret.encode())), key=len, reverse=True))


def _in_base64(secret: bytes) -> list[bytes]:
    """Return the characters that stand for the secret alone, for each place at which it may begin."""
    return [
        encode(bytes(before) + secret)[-(-8 * before // 6) : 8 * (before + len(secret)) // 6]
        for before in range(3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
    ]
