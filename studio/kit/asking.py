"""Reading a secret on the command line: arguments would show in the process list."""

import getpass
import sys


def read_secret() -> str:
    """Return what is typed, which is not shown, or the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass("API key (not shown): ")
    return sys.stdin.readline(10_000)
