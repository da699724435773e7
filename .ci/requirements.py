"""Writes what pip installs from what uv locked; with --check, only says whether the files are up to date."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ["uv", "export", "--frozen", "--quiet", "--no-hashes", "--no-header", "--no-annotate"]
FILES = {"requirements.txt": ["--no-dev"], "requirements-dev.txt": ["--all-extras"]}


def main() -> int:
    is_check = "--check" in sys.argv[1:]
    stale = []
    for name, options in FILES.items():
        command = [*PLAIN, *options]
        answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
        wanted = answer.stdout
        file = ROOT / name
        if not file.exists() or file.read_text() != wanted:
            stale.append(name)
            if not is_check:
                file.write_text(wanted)
    if is_check and stale:
        print(f"Not what uv.lock says: {', '.join(stale)}. Run make requirements.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
