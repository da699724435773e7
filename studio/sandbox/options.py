"""How a sandbox is started: its command line, its environment, and the server around it."""

import argparse
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Paint = Literal["scene", "plain"]


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 takes a free port. `speed` multiplies every duration: 0.05 makes tasks 20 times shorter."""

    host: str = "127.0.0.1"
    port: int = 9001
    speed: float = 1.0
    paint: Paint = "scene"
    state: Path | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m studio.sandbox` and `manage.py sandbox`; both read the same environment."""
    env = os.environ
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=9001, help="port to listen on; 0 takes a free one (default: 9001)"
    )
    parser.add_argument(
        "--speed",
        type=_positive,
        default=env.get("STUDIO_SANDBOX_SPEED", "1.0"),
        help="multiplies the duration of tasks: 0.05 is twenty times faster (default: 1.0)",
    )
    parser.add_argument(
        "--paint",
        choices=("scene", "plain"),
        default=env.get("STUDIO_SANDBOX_PAINT", "scene"),
        help="plain paints gradients, fast, for benchmarks (default: scene)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=env.get("STUDIO_SANDBOX_STATE") or None,
        help="file that remembers tasks and bill (default: memory only)",
    )


def read_options(values: argparse.Namespace) -> Options:
    return Options(values.host, values.port, values.speed, values.paint, values.state)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError("must be above 0 and at most 100")
    return value


def run(options: Options, *, listener: socket.socket | None = None) -> None:
    """Serve until SIGINT or SIGTERM. The first line on standard output is the address, unless a bound socket is given."""
    import uvicorn

    from studio.sandbox.app import Sandbox

    is_announced = listener is None
    listener = listener or socket.create_server((options.host, options.port), backlog=1024)
    # asyncio does it only for sockets that name their protocol; without it each answer waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    host, port = listener.getsockname()[:2]
    sandbox = Sandbox(options)
    config = uvicorn.Config(
        sandbox,
        # Answers are broken by hand on asyncio's own transports.
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    if is_announced:
        print(f"Sandbox on http://{host}:{port}", flush=True)  # noqa: T201 - whoever started us reads it
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        sandbox.desk.darkroom.close()
