"""What is measured: figures with their aims, and the table that shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `aim` is its upper bound, unless `is_floor`; `note` says what the value alone doesn't."""

    measure: str
    value: float | None
    unit: str = "s"
    aim: float | None = None
    is_floor: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.value is None or self.aim is None:
            return None
        return self.value >= self.aim if self.is_floor else self.value <= self.aim

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: ""}[self.is_met]

    @property
    def shown_value(self) -> str:
        return "–" if self.value is None else f"{_round(self.value)} {self.unit}".strip()

    @property
    def shown_aim(self) -> str:
        if self.aim is None:
            return ""
        return f"{'≥' if self.is_floor else '≤'} {self.aim:g} {self.unit}".strip()


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the smallest value that at least `percent` of the values don't exceed; None without values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def table(sections: dict[str, list[Figure]]) -> str:
    """Write the figures as a table, a section for each benchmark."""
    rows = [("measure", "value", "aim", "", "note")]
    for name, figures in sections.items():
        rows.append((name.upper(), "", "", "", ""))
        rows += [
            (f"  {one.measure}", one.shown_value, one.shown_aim, one.verdict, one.note) for one in figures
        ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    measure, value, aim, verdict, note = row
    cells = (
        measure.ljust(widths[0]),
        value.rjust(widths[1]),
        aim.ljust(widths[2]),
        verdict.ljust(widths[3]),
        note,
    )
    return "  ".join(cells).rstrip()


def _round(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
