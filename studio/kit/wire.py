"""What goes over the wire to a provider, and what comes back, as plain data.

Adapters build an `HttpCall` and read an `HttpAnswer`; `studio.kit.http` alone does the I/O in between.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from studio.kit.blotting import blot

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]

_BROKEN = re.compile("[\0\ud800-\udfff]")


def broken_character(value: JsonValue) -> str:
    """Return a character in a value's texts or names that no database or page can hold; empty if there is none.

    That is a NUL, or half of a surrogate pair, as `"\\ud83d"` alone in JSON makes one.
    """
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and (found := _BROKEN.search(one)):
            return found[0]
    return ""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to a provider's API.

    `path` is joined to the provider's base address, unless it is a full address (some providers answer
    account questions on another host). `headers` hold the credential, nothing else, and stay out of `repr` and logs.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: JsonValue = field(default=None, repr=False)

    @property
    def secrets(self) -> list[str]:
        """The credentials in the headers."""
        return [value.removeprefix("Bearer ") for value in self.headers.values()]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete HTTP answer. `headers` have lower-case names; `body` is what was read, at most the cap."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    elapsed_s: float = 0.0

    def without(self, secret: str) -> "HttpAnswer":
        """Return the answer with the secret blotted out: some providers repeat a bad key in their refusal."""
        body = blot(self.body, secret)
        return self if body is self.body else replace(self, body=body)


class HttpFailure(Exception):
    """No complete answer came.

    `was_sent` is False only when it is certain that the provider has not got the request (DNS, connect,
    TLS, pool); otherwise the provider may have acted on it. `is_unreachable` says that it is the server that
    can't be connected to, not something here that kept the request back. `sentence` is fit for a user; it speaks of
    “the provider”.
    """

    def __init__(self, sentence: str, *, was_sent: bool, is_unreachable: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.was_sent = was_sent
        self.is_unreachable = is_unreachable

    def about(self, name: str) -> str:
        """Return the sentence with the provider called by its name."""
        return self.sentence.replace("The provider", name).replace("the provider", name)
