"""Refusals that a user reads. `studio.kit.middleware` turns them into HTTP answers in one place."""


class StudioError(Exception):
    """A refusal with one sentence that a user can read and act on."""

    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(StudioError):
    """The user may see the thing, but not do this to it."""

    status = 403


class Conflict(StudioError):
    """The thing has changed meanwhile; what was asked no longer fits."""

    status = 409


class Invalid(StudioError):
    """What was given can't be used."""

    status = 422
