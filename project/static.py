"""Static files with hashed names, also inside ES modules that import each other, without what only people read."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from servestatic.storage import CompressedManifestStaticFilesStorage

# Extensions of htmx import a bare "htmx", which only bundlers can resolve; we load none of them.
UNUSED = "django_htmx/ext/"
OURS = ("css/", "js/")

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_JS_COMMENT_LINE = re.compile(r"^\s*//.*\n?", re.MULTILINE)
_BLANK = re.compile(r"[ \t]*\n\s*")


def without_comments(name: str, text: str) -> str:
    """Return a stylesheet or module without comments and indentation: a sixth of what would be sent.

    In a module only lines that are nothing but a comment go, and none if a text in it runs over several lines.
    """
    if name.endswith(".css"):
        return _BLANK.sub("\n", _CSS_COMMENT.sub("", text)).strip() + "\n"
    if name.endswith(".js") and not _has_long_text(text):
        return _BLANK.sub("\n", _JS_COMMENT_LINE.sub("", text)).strip() + "\n"
    return text


def _has_long_text(module: str) -> bool:
    return any(line.count("`") % 2 for line in module.splitlines())


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """Return the address of a file, worked out once: a page has dozens, and what is collected doesn't change."""
        if name not in self._addresses:
            self._addresses[name] = super().url(name, force)
        return self._addresses[name]

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        used = {name: source for name, source in paths.items() if not name.startswith(UNUSED)}
        if not dry_run:
            # Only our own; what others ship is left as it is.
            ours = [name for name in used if name.startswith(OURS)]
            # From here on the collected copy is the source.
            used |= {name: (self, name) for name in ours if self._shorten(name)}
        yield from super().post_process(used, dry_run, **options)

    def _shorten(self, name: str) -> bool:
        """Rewrite the collected copy of a file, and tell whether that was worth it."""
        if not name.endswith((".css", ".js")):
            return False
        with self.open(name) as file:
            text: str = file.read().decode()
        shorter = without_comments(name, text)
        if shorter != text:
            self.delete(name)
            self.save(name, ContentFile(shorter.encode()))
        return shorter != text
