"""The words in which the engine and the adapters talk: requests, outcomes and problems. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from studio.kit.wire import HttpAnswer, HttpCall, JsonObject


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for the user and for the retry loop.

    `sentence` is for the user; `code` and `words` are the provider's own; `retry_after_s` is the provider's
    wish (already capped), None when it has none.
    """

    sentence: str
    code: str = ""
    words: str = ""
    permanent: bool = False
    maybe_accepted: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One result file: an address to fetch, or its bytes in base64. Exactly one of both is set."""

    url: str = ""
    base64: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """One paid call. `input` is valid against the model's schema; images in it are data URIs or links."""

    model: str
    input: JsonObject = field(repr=False)


# What a submission can come to (DESIGN: the life of a generation).
@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the work and will do it under this task id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The work is over. `files` may be empty: `text` then holds the provider's words."""

    files: tuple[RemoteFile, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Certainly not accepted, may be sent again. `key_state` says that the key must stop or rest."""

    problem: Problem
    key_state: Literal["usable", "resting", "unauthorised", "out_of_credit"] = "usable"


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider said no to this very request; sending it again would change nothing."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class MaybeAccepted:
    """Nobody knows whether the provider accepted (and charges) the work."""

    problem: Problem


Submission = Accepted | Finished | NotAccepted | Refused | MaybeAccepted


# What a poll can come to.
@dataclass(frozen=True, slots=True)
class Pending:
    """Not ready; `status` is the provider's own word."""

    status: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider gave up the task. `is_charged` is True where the provider charges for failures."""

    problem: Problem
    is_charged: bool = False


@dataclass(frozen=True, slots=True)
class PollTrouble:
    """The question could not be answered now; asking again is free. `is_unknown_task`: it says 404."""

    problem: Problem
    is_unknown_task: bool = False
    key_state: Literal["usable", "resting", "unauthorised"] = "usable"


Poll = Pending | Finished | Failed | PollTrouble


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as a provider's list names it; what it doesn't say is empty."""

    slug: str
    name: str = ""
    vendor: str = ""
    mode: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ModelDetail:
    """A model's input schema and example, as the provider publishes them. `$ref`s point into the schema."""

    input_schema: JsonObject = field(repr=False)
    example: JsonObject = field(repr=False)


class Adapter(Protocol):
    """One provider API. Pure: builds calls, reads answers, never does I/O, never raises on bad answers."""

    slug: str
    name: str
    default_base_url: str
    is_synchronous: bool
    """The submission itself answers with the images."""

    def submit(self, request: SubmitRequest, *, secret: str) -> HttpCall: ...

    def read_submission(self, answer: HttpAnswer) -> Submission: ...

    def poll(self, task_id: str, *, secret: str) -> HttpCall: ...

    def read_poll(self, answer: HttpAnswer) -> Poll: ...

    def test_key(self, *, secret: str) -> HttpCall | None:
        """A free call that shows whether the key works, or None."""
        ...

    def read_key_test(self, answer: HttpAnswer) -> Problem | None:
        """None if the key works."""
        ...

    def balance(self, *, secret: str, base_url: str) -> HttpCall | None:
        """A free call that tells what is left of the account, or None."""
        ...

    def read_balance(self, answer: HttpAnswer) -> int | None:
        """The balance in the provider's own unit; None where the answer tells none."""
        ...

    def error_words(self, answer: HttpAnswer) -> Mapping[str, str]:
        """The provider's `code` and `words` from an error body."""
        ...


class ListingAdapter(Protocol):
    """The part of an adapter whose provider publishes its models and their schemas. As pure as the rest."""

    name: str

    def list_models(self, *, secret: str) -> HttpCall: ...

    def read_model_list(self, answer: HttpAnswer) -> tuple[ListedModel, ...] | Problem: ...

    def model_detail(self, slug: str, *, secret: str) -> HttpCall: ...

    def read_model_detail(self, answer: HttpAnswer) -> ModelDetail | Problem: ...
