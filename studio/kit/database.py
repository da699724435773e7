"""When the database is away; and what an answer that takes long must not keep of it: a connection, and a thread."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections, connection

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

# PostgreSQL's codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) which Django doesn't count as
# operational: a server that only reads, and one that has ended a transaction which was left standing.
_AWAY = {"25006", "25P03"}


def is_away(error: Exception) -> bool:
    """Tell whether the database can't be reached or written now; the same may be tried again."""
    code = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, (OperationalError, InterfaceError)) or code in _AWAY


def before_streaming(question: Callable[Given, Answer]) -> Callable[Given, Awaitable[Answer]]:
    """Make a question to the database that an async view awaits before it streams.

    Django gives a request's connection back when the answer has ended, which for a stream is a quarter of an
    hour: a hundred open pages would use up PostgreSQL's connections. This gives it back at once.
    """

    @wraps(question)
    def ask(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            return question(*args, **kwargs)
        finally:
            # Who asks within a transaction (a test) goes on with its connection.
            if not connection.in_atomic_block:
                close_old_connections()

    return sync_to_async(ask)


def free_request_thread() -> None:
    """Let the thread go in which this request's synchronous code ran; should it need one again, it gets another.

    Django keeps it until the answer has ended: a thousand open streams would be a thousand idle threads.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if executor:
        executor.shutdown(wait=False)
