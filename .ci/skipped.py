"""Fails when tests of the browser or of a database were skipped, or when there were none."""

import sys
from xml.etree import ElementTree as ET

MUST_RUN = ("tests.browser", "tests.integration", "tests.processes")


def main(*reports: str) -> int:
    cases = [case for report in reports for case in ET.parse(report).iter("testcase")]  # noqa: S314
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
    sys.exit(main(*sys.argv[1:]))
