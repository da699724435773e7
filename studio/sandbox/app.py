"""The sandbox as a raw ASGI application: reads a request whole, routes it, sends the reply in its manner."""

import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from studio.sandbox import modelstream, mountsea
from studio.sandbox.checks import read_json
from studio.sandbox.desk import Desk
from studio.sandbox.options import Options
from studio.sandbox.shapes import Refusal, Reply, Request, json_reply
from studio.sandbox.wire import Message, Receive, Send, send_reply

Handler = Callable[..., Awaitable[Reply]]

MAX_BODY_BYTES = 128 * 1024 * 1024


class Sandbox:
    """The application. State lives in its desk."""

    def __init__(self, options: Options) -> None:
        self.desk = Desk(options)
        hub, stream = mountsea.MountseaHub(self.desk), modelstream.ModelStream(self.desk)
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = [
            ("GET", re.compile(r"/hub/v1/models"), hub.list_models),
            ("GET", re.compile(r"/hub/v1/models/(?P<model>[^/]+)"), hub.show_model),
            ("POST", re.compile(r"/hub/v1/image"), hub.submit),
            ("GET", re.compile(r"/hub/v1/tasks/(?P<task_id>[^/]+)"), hub.show_task),
            ("GET", re.compile(r"/api-user/credits"), hub.show_credits),
            ("GET", re.compile(r"/v1/models"), stream.list_models),
            ("POST", re.compile(r"/v1/images/generations"), stream.generate),
            ("GET", re.compile(r"/files/(?P<name>[^/]+)"), self._file),
            ("GET", re.compile(r"/sandbox/health"), self._health),
            ("GET", re.compile(r"/sandbox/bill"), self._bill),
            ("POST", re.compile(r"/sandbox/reset"), self._reset),
            ("GET", re.compile(r"/sandbox/faults"), self._faults),
            ("POST", re.compile(r"/sandbox/faults"), self._order_fault),
            ("DELETE", re.compile(r"/sandbox/faults"), self._clear_faults),
        ]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the sandbox speaks HTTP only"
        body = await _read_body(receive)
        if body is None:
            return
        request = _read_request(scope, body)
        try:
            reply = await self._answer(request)
        except Refusal as error:
            self.desk.ledger.note_refusal(_api(request), error.status, error.code)
            reply = (modelstream if _api(request) == "modelstream" else mountsea).error_reply(error)
        await send_reply(reply, request.method, receive, send)

    async def _answer(self, request: Request) -> Reply:
        if len(request.body) > MAX_BODY_BYTES:
            raise Refusal(413, "body_too_large", "The request body is too large.")
        is_path_known = False
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == ("GET" if request.method == "HEAD" else request.method):
                return await handler(request, **found.groupdict())
            is_path_known = is_path_known or found is not None
        raise Refusal(
            405 if is_path_known else 404, "not_found", f"Cannot {request.method} {request.path[:200]}"
        )

    async def _file(self, request: Request, name: str) -> Reply:
        return await self.desk.fetch_file(name, time.time(), telling=request.query.get("told", ""))

    async def _health(self, request: Request) -> Reply:
        options = self.desk.options
        return json_reply({"status": "ok", "speed": options.speed, "paint": options.paint})

    async def _bill(self, request: Request) -> Reply:
        return json_reply(self.desk.ledger.bill(time.time()))

    async def _reset(self, request: Request) -> Reply:
        self.desk.ledger.reset()
        self.desk.orders.clear()
        return json_reply({"status": "ok"})

    async def _faults(self, request: Request) -> Reply:
        return json_reply({"faults": self.desk.orders.describe()})

    async def _order_fault(self, request: Request) -> Reply:
        return json_reply(self.desk.orders.add(read_json(request.body)).describe(), 201)

    async def _clear_faults(self, request: Request) -> Reply:
        self.desk.orders.clear()
        return json_reply({"faults": []})


def _api(request: Request) -> str:
    return "modelstream" if request.path.startswith("/v1/") else "mountsea-hub"


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, None when the client left; reading stops once it is too large to be accepted."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if size <= MAX_BODY_BYTES:
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        if not message.get("more_body", False):
            return b"".join(parts)


def _read_request(scope: Message, body: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host, port = scope.get("server") or ("127.0.0.1", 0)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
        headers=headers,
        body=body,
        origin=f"http://{headers.get('host') or f'{host}:{port}'}",
    )
