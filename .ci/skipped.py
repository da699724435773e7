"""Fails when tests of the browser or of a database were skipped, or when there were none."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

MUST_RUN = ("tests.browser", "tests.integration")


def main(report: Path) -> int:
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it a moment ago
    problems = []
    for package in MUST_RUN:
        of_package = [case for case in cases if (case.get("classname") or "").startswith(package)]
        skipped = [case.get("name") for case in of_package if case.find("skipped") is not None]
        if not of_package:
            problems.append(f"No test of {package} ran.")
        elif skipped:
            problems.append(f"Skipped in {package}: {', '.join(map(str, skipped))}")
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
