"""How a line of the log is written: plain for people, or JSON for those who gather logs.

Events are named `area.thing.happened` and carry ids as `name=value`; whatever request the process answers
at the moment adds its own id. Prompts, keys and signed addresses are never in them.
"""

import json
import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

_EVENT = re.compile(r"^[a-z_]+(\.[a-z_]+)+(?=[ :]|$)")
_PAIR = re.compile(r"\b([a-z_]+)=(\S+)")
_request: ContextVar[str] = ContextVar("request", default="")


class AddRequest(logging.Filter):
    """Puts the id of the request into every line that is written while it is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django writes its line about a refused request when all middleware has ended, and hands the request along.
        about = vars(getattr(record, "request", None) or record)
        record.request_id = _request.get() or about.get("request_id", "")
        return True


class PlainFormatter(logging.Formatter):
    """Time, level, logger and words, then the request where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        request = getattr(record, "request_id", "")
        return f"{line} request={request}" if request else line


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, logger, event and its ids, the words, and the traceback of what was not foreseen."""

    def format(self, record: logging.LogRecord) -> str:
        words = record.getMessage()
        event = _EVENT.match(words)
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": words,
            "process": record.process,
        }
        if event:
            line["event"] = event[0]
            line |= {name: value for name, value in _PAIR.findall(words) if name not in line}
        if request := getattr(record, "request_id", ""):
            line["request"] = request
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


@sync_and_async_middleware
def number_requests(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Give each request an id, which its answer carries as X-Request-Id and its lines in the log as `request`."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            token = _begin(request)
            try:
                return _named(await get_response(request))
            finally:
                _request.reset(token)

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        token = _begin(request)
        try:
            return _named(get_response(request))
        finally:
            _request.reset(token)

    return answer


def _begin(request: HttpRequest) -> Token[str]:
    vars(request)["request_id"] = number = secrets.token_hex(8)
    return _request.set(number)


def _named(response: HttpResponse) -> HttpResponse:
    response.headers["X-Request-Id"] = _request.get()
    return response
