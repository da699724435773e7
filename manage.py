#!/usr/bin/env python
"""Studio's command line."""

import os
import sys
from importlib import import_module


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    from project.environment import WrongSetting

    try:
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except WrongSetting as error:
        sys.exit(_refuse(error))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _refuse(error: Exception) -> int:
    print(error, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    main()
