"""Sizes in pixels that a model takes: what is wrong with one, and which allowed one is nearest. Pure, no Django."""

import math
from dataclasses import dataclass

from studio.kit.wire import JsonObject, JsonValue

_SHORTEST_EDGE, _LONGEST_EDGE = 100, 9999


@dataclass(frozen=True, slots=True)
class SizeRule:
    """What width and height must keep to. `separator`: the size is one text such as 1024*1536."""

    multiple_of: int = 1
    min_edge: int = _SHORTEST_EDGE
    max_edge: int = _LONGEST_EDGE
    max_ratio: float = _LONGEST_EDGE
    min_pixels: int = 1
    max_pixels: int = _LONGEST_EDGE**2
    separator: str = ""


def read_rule(constraints: JsonObject, *, min_edge: float | None) -> SizeRule:
    """Read `x-constraints`; `min_edge` is what the schema says of width and height by itself."""
    names = {
        "multiple_of": "multiple_of",
        "min_edge": "min_edge",
        "max_edge": "max_edge",
        "max_ratio": "max_aspect_ratio",
        "min_pixels": "min_pixels",
        "max_pixels": "max_pixels",
    }
    said = {name: limit for name, key in names.items() if _is_number(limit := constraints.get(key))}
    separator = constraints.get("separator")
    edge = {} if min_edge is None else {"min_edge": int(min_edge)}
    return SizeRule(**{**edge, **said}, separator=separator if isinstance(separator, str) else "")  # type: ignore[arg-type]  # the names are those of SizeRule


def read_size(value: JsonValue, separator: str) -> tuple[int, int] | None:
    """Return width and height of a size, None for what is none: a preset, or numbers that aren't whole."""
    if isinstance(value, dict):
        width, height = value.get("width"), value.get("height")
    elif isinstance(value, str) and separator:
        first, _, second = value.partition(separator)
        width, height = (
            int(part) if part.isdecimal() and len(part) < 10 else None for part in (first, second)
        )
    else:
        return None
    if isinstance(width, int) and isinstance(height, int) and type(width) is type(height) is int:
        return width, height
    return None


def size_fault(rule: SizeRule, width: int, height: int) -> str:
    """Say what is wrong with a size, and which allowed one is nearest; empty if it is allowed."""
    fault = _find_fault(rule, width, height)
    if not fault or (nearest := nearest_size(rule, width, height)) is None:
        return fault
    return f"{fault} The nearest allowed size is {nearest[0]} × {nearest[1]}."


def nearest_size(rule: SizeRule, width: int, height: int) -> tuple[int, int] | None:
    """Return the allowed size with the least distance in pixels; of two, the one of more similar shape."""
    shape = max(width, 1) / max(height, 1)
    step, found = rule.multiple_of, []
    for across in range(_up(rule.min_edge, step), rule.max_edge + 1, step):
        lowest = max(rule.min_edge, math.ceil(rule.min_pixels / across), math.ceil(across / rule.max_ratio))
        highest = min(rule.max_edge, rule.max_pixels // across, int(across * rule.max_ratio))
        lowest, highest = _up(lowest, step), highest // step * step
        if lowest <= highest:
            down = min(max((height + step // 2) // step * step, lowest), highest)
            distance = (across - width) ** 2 + (down - height) ** 2
            found.append((distance, abs(math.log(across / down / shape)), across, down))
    return min(found)[2:] if found else None


def _find_fault(rule: SizeRule, width: int, height: int) -> str:
    if width % rule.multiple_of or height % rule.multiple_of:
        return f"Width and height must be multiples of {rule.multiple_of}."
    if max(width, height) > rule.max_edge:
        return f"The longest edge may have {rule.max_edge:,} pixels."
    if width < 1 or height < 1 or max(width, height) > rule.max_ratio * min(width, height):
        return f"The longer edge may be at most {rule.max_ratio:g} times the shorter one."
    if not rule.min_pixels <= width * height <= rule.max_pixels:
        return (
            f"{width} × {height} has {width * height:,} pixels; "
            f"from {rule.min_pixels:,} to {rule.max_pixels:,} are allowed."
        )
    return (
        f"Each edge must have at least {rule.min_edge} pixels." if min(width, height) < rule.min_edge else ""
    )


def _up(number: int, step: int) -> int:
    return -(-number // step) * step


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1
