"""Static files with hashed names, also inside ES modules that import each other, stylesheets joined that belong together,
without what only people read."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from servestatic.storage import CompressedManifestStaticFilesStorage

# Extensions of htmx import a bare "htmx", which only bundlers can resolve; we load none of them.
UNUSED = "django_htmx/ext/"
OURS = ("css/", "js/")
TEXTS = (".css", ".js")

_CSS_IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_JS_COMMENT_LINE = re.compile(r"^\s*//.*\n?", re.MULTILINE)
_BLANK = re.compile(r"[ \t]*\n\s*")


def joined(name: str, read: Callable[[str], str]) -> str:
    """Return a stylesheet with those that it imports in their places. An import alone would be asked for too late."""
    folder = posixpath.dirname(name)
    return _CSS_IMPORT.sub(lambda line: read(posixpath.join(folder, line[1])), read(name))


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
    # The standard's way to name a file that lies beside a module; Django knows the modules' imports only.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "*.js",
            (
                (
                    r"""(?P<matched>new URL\("(?P<url>[./][^"]*)", import\.meta\.url\))""",
                    """new URL("%(url)s", import.meta.url)""",
                ),
            ),
        ),
    )

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
            ours = [name for name in used if name.startswith(OURS) and name.endswith(TEXTS)]
            used |= {name: self._pack(name, paths) for name in ours}
        yield from super().post_process(used, dry_run, **options)

    def _pack(self, name: str, paths: dict[str, Any]) -> tuple[Any, str]:
        """Make the collected copy of a file what is sent of it, and return its place: from here on it is the source."""

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                text: str = file.read().decode()
            return text

        self.delete(name)
        self.save(name, ContentFile(without_comments(name, joined(name, read)).encode()))
        return self, name
