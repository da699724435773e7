"""Django's own list of what a public site must have set."""

import os
import subprocess
import sys
from pathlib import Path

from project.settings import BASE_DIR

COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE")


def test_production_settings_pass_the_deploy_check(tmp_path: Path) -> None:
    done = _manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_no_other_site_can_set_or_read_the_cookies_of_a_public_one(tmp_path: Path) -> None:
    shown = _manage(tmp_path, "diffsettings", "--all").stdout
    settings = dict(line.removeprefix("### ").split(" = ", 1) for line in shown.splitlines() if " = " in line)
    for cookie in COOKIES:
        assert settings[f"{cookie}_NAME"].startswith("'__Host-")
        assert settings[f"{cookie}_SAMESITE"] == "'Lax'"
        assert settings[f"{cookie}_PATH"] == "'/'"
        assert settings[f"{cookie}_DOMAIN"] == "None"
        assert settings[f"{cookie}_SECURE"] == settings[f"{cookie}_HTTPONLY"] == "True"


def _manage(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of an installation that is reached by https."""
    own = {"STUDIO_DATA_DIR": str(data), "STUDIO_PUBLIC_URL": "https://studio.example.com"}
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env={**plain, **own},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
