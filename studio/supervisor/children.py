"""What the supervisor's children do: serve pages, work through a queue, play the providers, look after the rest."""

import os
import signal
import socket
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from project.database import keep_connections, wait_briefly
from studio.generation.signs import CHORES, ENGINE
from studio.supervisor import family
from studio.supervisor.heartbeat import Heartbeat
from studio.supervisor.probe import Probe

GRACEFUL_WEB_S = 3
CHORES_NICENESS = 10


def web(listener: socket.socket) -> None:
    """Serve pages and streams on a socket that is already bound, so that a restart refuses nobody."""
    import uvicorn
    from django.urls import get_resolver

    from project.asgi import application

    # A page that can't be loaded shall end this process now, with its reason, not fail every request.
    _ = get_resolver().url_patterns

    config = uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # By default uvicorn believes anything that comes from 127.0.0.1.
        proxy_headers=bool(settings.TRUSTED_PROXY),
        forwarded_allow_ips=settings.TRUSTED_PROXY,
        # Without it the server waits for open streams for ever.
        timeout_graceful_shutdown=GRACEFUL_WEB_S,
        timeout_keep_alive=30,
    )
    uvicorn.Server(config).run(sockets=[listener])


def cluster(name: str) -> None:
    """Run one of django-q's clusters until SIGTERM, which lets the workers finish what they do."""
    from django_q.cluster import Cluster

    _choose_cluster(name)
    if name == CHORES:
        # Nobody waits for them: pages and the engine go first.
        os.nice(CHORES_NICENESS)
    _preload(name)
    family.freeze()
    keep_connections()
    queue = Cluster()
    # django-q forgets a signal that comes while it forks its sentinel, and would then run on for ever.
    early: list[int] = []
    signal.signal(signal.SIGTERM, lambda sign, _: early.append(sign))
    queue.start()
    signal.signal(signal.SIGTERM, queue.sig_handler)
    if early:
        queue.stop()
    queue.sentinel.join()


def sandbox(listener: socket.socket, state: Path) -> None:
    """Speak the providers' APIs. Its tasks and bill survive a restart."""
    from studio.sandbox.options import add_arguments, read_options, run

    parser = ArgumentParser()
    add_arguments(parser)
    host, port = listener.getsockname()[:2]
    options = parser.parse_args(["--host", host, "--port", str(port), "--state", str(state)])
    run(read_options(options), listener=listener)


def watch(clusters: list[str], report: Callable[[str], None], web: Probe | None) -> None:
    """Look after the clusters and the web process until SIGTERM."""
    wait_briefly()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Heartbeat(clusters, report, web).run()


def _choose_cluster(name: str) -> None:
    """Do what django-q does with Q_CLUSTER_NAME when it is loaded: here it was loaded by the supervisor already."""
    from django_q.conf import Conf

    if name == ENGINE:
        return
    Conf.CLUSTER_NAME = name
    alternatives: dict[str, dict[str, object]] = settings.Q_CLUSTER["ALT_CLUSTERS"]  # type: ignore[assignment]
    for option, value in alternatives[name].items():
        setattr(Conf, option.upper(), value)


def _preload(name: str) -> None:
    """Load what the workers need before they are forked: once instead of once per worker."""
    from PIL import Image

    Image.preinit()
    if name == ENGINE:
        import studio.generation.engine.slice  # noqa: F401
