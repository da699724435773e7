"""Unguessable names and bounded ids for addresses."""

import secrets

# 32 of them, so that each is as likely as the others.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def random_name(length: int = 26) -> str:
    """Return a random name of lower-case letters and digits (5 bits a character)."""
    return "".join(_ALPHABET[byte % 32] for byte in secrets.token_bytes(length))


class IdConverter:
    """A URL converter for row ids that fit a 64-bit column; anything larger is simply no route (404)."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
