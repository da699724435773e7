"""Static files with hashed names, also inside ES modules that import each other."""

from collections.abc import Iterator
from typing import Any

from servestatic.storage import CompressedManifestStaticFilesStorage

# Extensions of htmx import a bare "htmx", which only bundlers can resolve; we load none of them.
UNUSED = "django_htmx/ext/"


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        used = {name: source for name, source in paths.items() if not name.startswith(UNUSED)}
        yield from super().post_process(used, dry_run, **options)
