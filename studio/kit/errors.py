"""Refusals that a user reads. `studio.kit.middleware` turns them into HTTP answers in one place."""


class StudioError(Exception):
    """A refusal with one sentence that a user can read and act on."""

    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.headers: dict[str, str] = {}


class NotAllowed(StudioError):
    """The user may see the thing, but not do this to it."""

    status = 403


class Conflict(StudioError):
    """The thing has changed meanwhile; what was asked no longer fits."""

    status = 409


class Invalid(StudioError):
    """What was given can't be used."""

    status = 422


class TooOften(StudioError):
    """Somebody does something costly more often than one person can; in `wait_s` it may be tried again."""

    status = 429

    def __init__(self, wait_s: float) -> None:
        seconds = max(1, round(wait_s))
        words = "1 second" if seconds == 1 else f"{seconds} seconds"
        super().__init__(f"This was asked for very often within a minute. Try again in {words}.")
        self.headers["Retry-After"] = str(seconds)
