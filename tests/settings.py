"""Settings of the tests: a throw-away data folder, the engine at twenty times its speed, fast passwords."""

import os
import sys
import tempfile
from pathlib import Path

# A folder for each worker of pytest, which inherits the environment of the run; a server that one starts shares its.
if "STUDIO_DATA_DIR" not in os.environ or (
    os.environ.get("DATA_OF_WORKER", "") != os.environ.get("PYTEST_XDIST_WORKER", "")
):
    os.environ["STUDIO_DATA_DIR"] = tempfile.mkdtemp(prefix="studio-tests-")
    os.environ["DATA_OF_WORKER"] = os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ.setdefault("STUDIO_ENGINE_SPEED", "20")

from project.settings import *  # noqa: F403
from project.settings import BASE_DIR, CACHES, DATA, DATABASES, TEMPLATES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# What one test has taught is not to be remembered in the next.
CACHES["process"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
DATA.make_encryption_key()
ENCRYPTION_KEYS = [DATA.encryption_keys_file.read_text()]
# ServeStatic warns about a missing folder, and warnings are errors.
(DATA.path / "static").mkdir(parents=True, exist_ok=True)
# A file, not memory: child processes and threads must see the same database.
DATABASES["default"].setdefault("TEST", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"]["NAME"] = str(DATA.path / "test.sqlite3")


class UndefinedVariable(str):
    """What Django puts in place of an undefined variable: in our own templates it fails the test.

    Django's and allauth's templates lean on empty defaults, so there it stays empty.
    """

    __slots__ = ()

    def __mod__(self, variable: object) -> str:
        context = sys._getframe(1).f_locals["context"]
        template = context.render_context.template or context.template
        if Path(template.origin.name).is_relative_to(BASE_DIR):
            raise AssertionError(f"undefined template variable {variable} in {template.origin.name}")
        return ""


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable("%s")  # type: ignore[index]
