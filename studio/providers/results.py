"""Finding the image files and the provider's words in an answer whose shape nobody has documented.

Neither provider says how results look, so every plausible form is accepted (docs/providers.md): a list under
`images`, `data`, `output.images` or `results`; a bare list; one object or text; links, base64 and data URIs;
Gemini's inline data. Only keys that mean "result" are followed, so an echoed input is never taken for one.
"""

import re
from collections.abc import Iterator

from studio.kit.wire import JsonObject, JsonValue
from studio.providers.status import first_text
from studio.providers.types import RemoteFile

MAX_FILES = 64
MAX_URL_LENGTH = 8192
_MAX_DEPTH = 8

_CONTAINERS = (
    "images", "image", "output", "outputs", "data", "result", "results", "urls", "image_urls", "imageUrls",
    "candidates", "content", "parts", "choices", "message",
)  # fmt: skip
_BASE64_KEYS = ("b64_json", "b64Json", "base64", "b64", "image_base64", "imageBase64")
_URL_KEYS = ("url", "image_url", "imageUrl", "uri", "fileUri", "file_uri", "link")
_INLINE_KEYS = ("inlineData", "inline_data", "fileData", "file_data")
# In order of worth: what the model says, what the service says, and why it stopped.
_TEXT_KEYS = (
    ("description", "text", "content", "error_message"),
    ("message", "reason", "revised_prompt", "revisedPrompt"),
    ("finish_reason", "finishReason"),
)
_EMPTY_WORDS = {"success", "succeeded", "ok", "stop", "completed"}
_URL = re.compile(r"https?://[^\s\x00-\x20\x7f\"'<>\\]+", re.IGNORECASE)
_BASE64_START = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}\s*")


def read_files(value: JsonValue) -> tuple[RemoteFile, ...]:
    """Return the result files in the order in which they stand, each once, at most 64."""
    unique = dict.fromkeys(_files(value, _MAX_DEPTH))
    return tuple(unique)[:MAX_FILES]


def read_text(value: JsonValue) -> str:
    """Return what the provider says in words beside (or instead of) the images; empty if nothing."""
    found = (_text(value, keys, _MAX_DEPTH) for keys in _TEXT_KEYS)
    return next((text for text in found if text and text.lower() not in _EMPTY_WORDS), "")


def _files(value: JsonValue, depth: int) -> Iterator[RemoteFile]:
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _file_of_text(value)
    elif isinstance(value, list):
        for entry in value[: MAX_FILES * 4]:
            yield from _files(entry, depth - 1)
    elif isinstance(value, dict):
        inner = [found for key in _CONTAINERS for found in _files(_inside(value, key), depth - 1)]
        yield from inner or _file_of_object(value)


def _inside(value: JsonObject, key: str) -> JsonValue:
    """Return what a container holds; a text under `message` or `content` is words, not a file."""
    inner = value.get(key)
    return None if key in ("message", "content") and isinstance(inner, str) else inner


def _file_of_object(value: JsonObject) -> Iterator[RemoteFile]:
    """Read one file from an object. Bytes win over a link to them: they can't expire."""
    for key in _BASE64_KEYS:
        if isinstance(text := value.get(key), str) and text.strip():
            yield RemoteFile(base64=text)
            return
    for key in _INLINE_KEYS:
        if isinstance(inline := value.get(key), dict):
            yield from _file_of_inline(inline)
            return
    for key in _URL_KEYS:
        link = value.get(key)
        link = link.get("url") if isinstance(link, dict) else link  # a chat part: {"image_url": {"url": …}}
        if isinstance(link, str) and (found := list(_file_of_text(link))):
            yield from found
            return


def _file_of_inline(inline: JsonObject) -> Iterator[RemoteFile]:
    if isinstance(text := inline.get("data"), str) and text.strip():
        yield RemoteFile(base64=text)
    else:
        yield from _file_of_object(inline)


def _file_of_text(text: str) -> Iterator[RemoteFile]:
    stripped = text.strip()
    if stripped[:5].lower() == "data:":
        yield RemoteFile(base64=stripped)
    elif len(stripped) <= MAX_URL_LENGTH and _URL.fullmatch(stripped):
        yield RemoteFile(url=stripped)
    elif _BASE64_START.fullmatch(stripped[:256]):
        yield RemoteFile(base64=stripped)


def _text(value: JsonValue, keys: tuple[str, ...], depth: int) -> str:
    if depth == 0:
        return ""
    if isinstance(value, list):
        return next((text for entry in value[:MAX_FILES] if (text := _text(entry, keys, depth - 1))), "")
    if not isinstance(value, dict):
        return ""
    inner = (_text(value.get(key), keys, depth - 1) for key in _CONTAINERS)
    return first_text(value, *keys) or next((text for text in inner if text), "")
