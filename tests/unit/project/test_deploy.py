"""Django's own list of what a public site must have set."""

import os
import subprocess
import sys
from pathlib import Path

from project.settings import BASE_DIR


def test_production_settings_pass_the_deploy_check(tmp_path: Path) -> None:
    own = {"STUDIO_DATA_DIR": str(tmp_path), "STUDIO_PUBLIC_URL": "https://studio.example.com"}
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env={**plain, **own},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
