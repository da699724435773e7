"""Puts the baseline's tasks into the queue of an app whose settings are in the environment; started by `baseline`."""

import json
import sys


def main() -> None:
    import django

    django.setup()
    from django_q.tasks import async_task

    for arguments in json.load(sys.stdin):
        async_task("benchmarks.baseline.generate_blocking", *arguments)


if __name__ == "__main__":
    main()
