"""Processes that start as copies of this one, lead a session of their own, and never outlive it.

A child is forked after Django is loaded: it starts in milliseconds and shares the memory of what is loaded.
"""

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 256 * 1024
_parent = 0


def bind_descendants() -> None:
    """Have every process that is forked from here on, however deep, die when its parent dies.

    django-q forks workers of its own; when the supervisor or any link of the chain is killed, the rest follows.
    Call once, before the first child.
    """
    os.register_at_fork(before=_remember_parent, after_in_child=_die_with_parent)


def give_memory_back() -> None:
    """Have glibc return memory to the system once it is free; the children inherit it.

    An arena for each thread costs memory and wins nothing here. Without fixed thresholds glibc soon takes
    decoded pictures from its heap, which keeps its largest size for ever.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)


def freeze() -> None:
    """Keep the collector's hands off what is loaded: marking it would copy the memory that children share."""
    gc.collect()
    gc.freeze()


def fork(run: Callable[[], None], name: str = "") -> int:
    """Run a function in a child process that leads its own session; return its id. `name` is what ps and top show."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        _forget_signals()
        _take_name(name)
        run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing may escape into the copy of the supervisor
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def kill_group(leader: int) -> None:
    """End a child and everything that it started, at once."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _take_name(name: str) -> None:
    if name:
        with contextlib.suppress(OSError):  # outside Linux it stays "python"
            Path("/proc/self/comm").write_text(f"studio-{name}")


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(sign, signal.SIG_DFL)


def _remember_parent() -> None:
    global _parent  # noqa: PLW0603 - read by the child that is just being forked
    _parent = os.getpid()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch_parent, args=(_parent,), daemon=True).start()
    if os.getppid() != _parent:
        os._exit(1)


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
