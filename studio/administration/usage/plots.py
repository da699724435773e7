"""Plots as shapes: pure functions from figures to what a template draws as SVG. No Django.

Coordinates are those of the SVG's viewBox, y downwards. Colours are numbers of the tokens c1 to c5, which stands for
all others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

MOST_COLOURS = 4
OTHER = 5
BAR_SHARE, WIDEST_BAR = 0.62, 26
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Size:
    """A canvas, with room on the left for the axis and below for labels. `labels` is how many fit side by side."""

    width: float
    height: float
    left: float = 54
    bottom: float = 24
    top: float = 10
    labels: int = 7

    @property
    def floor(self) -> float:
        return self.height - self.bottom

    @property
    def tall(self) -> float:
        return self.floor - self.top

    @property
    def label_y(self) -> float:
        return self.height - 6

    @property
    def axis_x(self) -> float:
        return self.left - 8

    @property
    def room(self) -> float:
        return self.width - self.left

    def y(self, value: float, top: float) -> float:
        """Return where a value lies if `top` lies at the upper end."""
        return round(self.floor - (self.floor - self.top) * (value / top if top else 0), 1)


WIDE = Size(720, 252)
NARROW = Size(344, 212, labels=4)


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    label: str

    @property
    def text_y(self) -> float:
        return round(self.y + 4, 1)


@dataclass(frozen=True, slots=True)
class Area:
    """All pieces of one colour, as the path of their outlines."""

    colour: int
    path: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What a bar says and where it leads; the path is that of its slot, as high as the plot."""

    path: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class BarPlot:
    size: Size
    ticks: tuple[Tick, ...]
    areas: tuple[Area, ...]
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """What a bar is made of: its names on the axis and in full, the value of each series, and its words."""

    label: str
    name: str
    values: Sequence[float]
    title: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class LinePlot:
    """A line of what is, a dashed one of what is to be expected, and a level that should not be passed."""

    size: Size
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    line: str
    area: str
    forecast: str
    level: float | None
    level_label: str = ""

    @property
    def level_text_y(self) -> float:
        return (self.level or 0) - 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of the week: `strength` is from 1 (little) to 5; those with nothing in them are drawn together."""

    path: str
    strength: int
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class WeekPlot:
    width: float
    height: float
    nothing: str
    cells: tuple[Cell, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Label, ...]

    @property
    def label_y(self) -> float:
        return self.height - 4


def round_step(most: float, parts: int = 5, *, least: float = 0) -> float:
    """Return the round number (1, 2, 2.5 or 5 times a power of ten) that reaches `most` in about so many steps."""
    if most <= 0:
        return max(1.0, least)
    raw = most / parts
    power = 10 ** floor(log10(raw))
    step = next(power * one for one in STEPS if power * one >= raw * 0.999)
    return float(max(step, least))


def round_ticks(most: float, *, least: float = 0) -> list[float]:
    """Return round numbers from 0 to the first that is not below `most`, at equal steps of at least `least`."""
    step = round_step(most, least=least)
    return [step * number for number in range(max(1, ceil(most / step - 1e-9)) + 1)]


def bar_plot(
    columns: Sequence[Column], size: Size, write: Callable[[float], str], *, least: float = 0
) -> BarPlot:
    """Stack each column's values, the first at the bottom."""
    ticks = round_ticks(max((sum(column.values) for column in columns), default=0), least=least)
    slot = size.room / max(1, len(columns))
    bars = tuple(
        Bar(_box(size.left + slot * place, size.top, slot, size.tall), column.title, column.href)
        for place, column in enumerate(columns)
    )
    labels = _labels([column.label for column in columns], size, slot)
    return BarPlot(size, _ticks(ticks, size, write), _areas(columns, size, slot, ticks[-1]), bars, labels)


def _areas(columns: Sequence[Column], size: Size, slot: float, top: float) -> tuple[Area, ...]:
    width = min(slot * BAR_SHARE, WIDEST_BAR)
    boxes: dict[int, list[str]] = {}
    for place, column in enumerate(columns):
        x, sum_below = size.left + slot * place + (slot - width) / 2, 0.0
        for series, value in enumerate(column.values):
            lower, upper = size.y(sum_below, top), size.y(sum_below + value, top)
            sum_below += value
            if lower > upper:
                boxes.setdefault(colour_of(series), []).append(_box(x, upper, width, lower - upper))
    return tuple(Area(colour, "".join(boxes[colour])) for colour in sorted(boxes))


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def colour_of(place: int) -> int:
    """Return the colour of the series at a place: one of the four, else that of all others."""
    return place + 1 if place < MOST_COLOURS else OTHER


def _ticks(values: Sequence[float], size: Size, write: Callable[[float], str]) -> tuple[Tick, ...]:
    return tuple(Tick(size.y(value, values[-1]), write(value)) for value in values)


def _labels(names: Sequence[str], size: Size, slot: float) -> tuple[Label, ...]:
    """Name as many of the columns as there is room for, the first among them."""
    every = max(1, ceil(len(names) / size.labels))
    return tuple(
        Label(round(size.left + slot * (place + 0.5), 1), names[place])
        for place in range(0, len(names), every)
    )


def line_plot(
    so_far: Sequence[float],
    expected_end: float | None,
    count: int,
    size: Size,
    write: Callable[[float], str],
    *,
    names: Sequence[str],
    level: float | None = None,
    level_label: str = "",
) -> LinePlot:
    """Draw running sums over `count` places, the forecast from the last of them to the end, and a level."""
    last = so_far[-1] if so_far else 0.0
    ticks = round_ticks(max(last, expected_end or 0, level or 0))
    slot = size.room / max(1, count - 1)
    points = [(round(size.left + slot * at, 1), size.y(value, ticks[-1])) for at, value in enumerate(so_far)]
    line = _path(points)
    area = f"{line} V{size.floor} H{size.left} Z" if points else ""
    forecast = ""
    if points and expected_end is not None and len(points) < count:
        forecast = _path([points[-1], (round(size.width, 1), size.y(expected_end, ticks[-1]))])
    return LinePlot(
        size=size,
        ticks=_ticks(ticks, size, write),
        labels=_month_labels(names, size, slot),
        line=line,
        area=area,
        forecast=forecast,
        level=None if level is None else size.y(level, ticks[-1]),
        level_label=level_label,
    )


def _month_labels(names: Sequence[str], size: Size, slot: float) -> tuple[Label, ...]:
    every = max(1, ceil(len(names) / size.labels))
    return tuple(
        Label(round(size.left + slot * place, 1), names[place], "start" if place == 0 else "middle")
        for place in range(0, len(names), every)
        if place == 0 or size.left + slot * place < size.width - 16
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in points) if points else ""


def spark(values: Sequence[float], width: float = 84, height: float = 32) -> str:
    """Return the path of a small line without an axis, from the lowest to the highest of the values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    spread = (high - low) or 1
    step = width / (len(values) - 1)
    return _path(
        [
            (round(place * step, 1), round(height - 2 - (height - 6) * (value - low) / spread, 1))
            for place, value in enumerate(values)
        ]
    )


def week_plot(
    counts: Sequence[Sequence[int]],
    days: Sequence[str],
    hours: Sequence[str],
    title: Callable[[int, int], str],
    href: Callable[[int, int], str],
) -> WeekPlot:
    """Draw seven rows of 24 hours, stronger where there was more."""
    left, top, wide, high = 36.0, 4.0, 28.0, 22.0
    most = max((count for row in counts for count in row), default=0)
    nothing: list[str] = []
    cells: list[Cell] = []
    for day, row in enumerate(counts):
        for hour, count in enumerate(row):
            path = _box(left + hour * wide, top + day * high, wide - 2, high - 2)
            if count:
                cells.append(Cell(path, ceil(5 * count / most), title(day, hour), href(day, hour)))
            else:
                nothing.append(path)
    rows = tuple(Tick(top + day * high + high / 2, name) for day, name in enumerate(days))
    columns = tuple(Label(left + hour * wide, hours[hour], "start") for hour in range(0, 24, 3))
    return WeekPlot(left + 24 * wide, top + 7 * high + 20, "".join(nothing), tuple(cells), rows, columns)
