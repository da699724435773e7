"""Unguessable names and bounded ids for addresses."""

import secrets

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def random_name(length: int = 26) -> str:
    """Return a random name of lower-case letters and digits (5 bits a character)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class IdConverter:
    """A URL converter for row ids that fit a 64-bit column; anything larger is simply no route (404)."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
