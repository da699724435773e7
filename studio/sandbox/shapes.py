"""The forms that data has inside the sandbox: JSON, one HTTP request, one HTTP reply."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, Union, get_args

Json: TypeAlias = Union[bool, int, float, str, list["Json"], dict[str, "Json"], None]  # noqa: UP007
JsonObject: TypeAlias = dict[str, Json]


def as_object(value: Json) -> JsonObject:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str:
    """`value` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole. Header names are in lower case; `origin` is the address that was asked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    origin: str = ""

    @property
    def bearer(self) -> str:
        """The key of `Authorization: Bearer key`, empty without one."""
        scheme, _, secret = self.headers.get("authorization", "").partition(" ")
        return secret.strip() if scheme.lower() == "bearer" else ""


Manner = Literal[
    "whole", "slow", "hang", "reset", "cutheaders", "cutbody", "longer", "shorter", "dripheaders", "drip",
    "endless", "huge",
]  # fmt: skip
MANNERS: Mapping[str, Manner] = {manner: manner for manner in get_args(Manner)}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer and the manner in which it goes out: whole, slowly over `pace_s`, broken, or not at all."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = "whole"
    pace_s: float = 0.0


def json_reply(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with a JSON document."""
    return Reply(status, json.dumps(value).encode(), headers=headers or {})


class Refusal(Exception):
    """The request is answered with an error; each API writes it in its own form."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
