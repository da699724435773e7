"""What stands for an image in an input: {"upload": id} for a stored one, or an address. Pure, no Django.

A control writes the first as `upload:12`, so that everything that a form carries is text.
"""

import re

from studio.kit.wire import JsonObject, JsonValue

_WRITTEN = re.compile(r"upload:([1-9][0-9]{0,17})")


def upload_marker(upload_id: int) -> JsonObject:
    """Return what stands in an input for an upload."""
    return {"upload": upload_id}


def upload_ids(value: JsonValue) -> list[int]:
    """Return the ids of the uploads in a field's value, in order."""
    values = value if isinstance(value, list) else [value]
    return [number for each in values if (number := marked(each)) is not None]


def marked(value: JsonValue) -> int | None:
    """Return the upload's id if the value is a marker."""
    number = value.get("upload") if isinstance(value, dict) and len(value) == 1 else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def write_image(value: JsonValue) -> JsonValue:
    """Write a marker as a control holds it; anything else stays as it is."""
    number = marked(value)
    return value if number is None else f"upload:{number}"


def read_image(text: str) -> JsonValue:
    """Return the marker that a text stands for; any other text is taken for an address."""
    number = written_id(text)
    return text if number is None else upload_marker(number)


def is_address(value: JsonValue) -> bool:
    """Tell whether a value is an address that a provider can fetch."""
    return isinstance(value, str) and re.match(r"https?://|data:", value) is not None


def written_id(text: str) -> int | None:
    """Return the upload's id in a control's text, None where it is an address."""
    found = _WRITTEN.fullmatch(text)
    return int(found[1]) if found else None
