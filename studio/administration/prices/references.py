"""The numbers of references from which a model's price changes: how they are read and said."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.catalog.spec import Spec

MOST_STEPS = 8
MOST_NUMBER = 999
"""The largest step for a model that doesn't say how many references it takes."""


class WrongSteps(ValueError):
    """Steps that make no sense; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """How many references an input can have: from `fewest` to `most`, which is None where nothing limits them."""

    fewest: int
    most: int | None

    @property
    def can_differ(self) -> bool:
        return self.most is None or self.most > self.fewest

    @property
    def usual_starts(self) -> tuple[int, ...]:
        return self.fewest, self.fewest + 1

    def starts(self, steps: Iterable[int]) -> tuple[int, ...]:
        """Return where the rows of a table begin: at the fewest, and at each step that can be reached."""
        within = {step for step in steps if step > self.fewest and (self.most is None or step <= self.most)}
        return self.fewest, *sorted(within)


def reference_range(spec: Spec) -> ReferenceRange:
    """Return how many references the model takes."""
    field = spec.with_role("references")
    if field is None or field.is_hidden:
        return ReferenceRange(0, 0)
    return ReferenceRange(max(field.min_items or 1, 1) if field.required else 0, field.most_images)


def read_steps(text: str, span: ReferenceRange) -> tuple[int, ...]:
    """Read numbers such as "1, 4" in any order, and return where the rows begin. Raises WrongSteps."""
    steps = {_read_step(word, span) for word in re.split(r"[,;\s]+", text.strip(" ,;\t\r\n"))}
    if len(steps) > MOST_STEPS:
        raise WrongSteps(f"At most {MOST_STEPS} steps.")
    starts = span.starts(steps)
    if len(starts) == 1:
        raise WrongSteps(
            f"This model always has at least {count(span.fewest)}: name a number from {span.fewest + 1} on."
        )
    return starts


def _read_step(word: str, span: ReferenceRange) -> int:
    if not (word.isascii() and word.isdigit()):
        raise WrongSteps("Write numbers with commas between them, such as 1, 4.")
    most = MOST_NUMBER if span.most is None else span.most
    # Of thousands of digits Python makes no number.
    step = int(word) if len(word) < 20 else most + 1
    if not 1 <= step <= most:
        raise WrongSteps(
            f"A step is a number from 1 to {most}"
            + ("." if span.most is None else ": the model takes no more.")
        )
    return step


def write_steps(starts: Sequence[int]) -> str:
    """Write steps as their field holds them, such as "1, 4"; a row without references is no step."""
    return ", ".join(str(start) for start in starts if start)


def labels(starts: Sequence[int], most: int | None) -> list[str]:
    """Say for each row of a table which numbers it is for: "No references", "1 to 3 references"."""
    ends = [*(start - 1 for start in starts[1:]), most]
    return [_label(start, end) for start, end in zip(starts, ends, strict=True)]


def _label(start: int, end: int | None) -> str:
    if end == 0:
        return "No references"
    if end is None:
        return f"{start} or more references"
    if start == 0:
        return f"Up to {count(end)}"
    return count(end) if start == end else f"{start} to {count(end)}"


def count(references: int) -> str:
    return f"{references} reference" + ("s" if references != 1 else "")
