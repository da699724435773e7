"""Asks whether what pip installs has known vulnerabilities; prints what was found, and fails on any.

Run by .ci/run in an environment of its own, which has pip-audit. Where its data can't be reached, that is said, and
nothing fails: a build must be possible behind a mirror that has the packages alone.
"""

import json
import subprocess
import sys

COMMAND = ["-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
TIMEOUT_S = 120


def main() -> int:
    try:
        answer = subprocess.run(  # noqa: S603  our own command
            [sys.executable, *COMMAND, "-r", "requirements.txt"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        packages = json.loads(answer.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        packages = []
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return _say("The data about vulnerabilities can't be reached from here: nothing was audited.")
    found = [
        f"{package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'no release'}"
        for package in audited
        for one in package["vulns"]
    ]
    _say(f"{len(audited)} of {len(packages)} packages audited, {len(found)} known vulnerabilities.", *found)
    return 1 if found else 0


def _say(*lines: str) -> int:
    print(*lines, sep="\n")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
