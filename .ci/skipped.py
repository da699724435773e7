"""Fails when a test of the browser or of a database ran in none of the runs, or when there were none."""

import sys
from xml.etree import ElementTree as ET

MUST_RUN = ("tests.browser", "tests.integration", "tests.processes")


def main(*reports: str) -> int:
    ran, skipped = set(), set()
    for report in reports:
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
            where = skipped if case.find("skipped") is not None else ran
            where.add(f"{case.get('classname')}.{case.get('name')}")
    problems = [f"Skipped: {name}" for name in sorted(skipped - ran) if name.startswith(MUST_RUN)]
    empty = [package for package in MUST_RUN if not any(name.startswith(package) for name in ran)]
    problems += [f"No test of {package} ran." for package in empty]
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
