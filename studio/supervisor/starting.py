"""From a bare command to a running supervisor: the sockets, the set-up, the children, and what is printed."""

import contextlib
import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections

from project.run_state import sandbox_file
from studio.generation.models import Generation, Status
from studio.generation.signs import CHORES, ENGINE
from studio.keys.queries import encryption_problem, has_real_key
from studio.kit import clock
from studio.kit.errors import Invalid
from studio.supervisor import children, family
from studio.supervisor.heartbeat import WEB
from studio.supervisor.probe import Probe
from studio.supervisor.serving import Child, Supervisor, say
from studio.supervisor.setting_up import SignIn, make_first_sign_in, set_up

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: everything, or on a larger site only one side of it."""

    host: str
    port: int
    has_web: bool = True
    has_workers: bool = True


def serve(plan: Plan) -> int:
    """Set up and run until told to stop; return the exit status. Raises Invalid when the address can't be had."""
    family.give_memory_back()
    listener = _listen(plan.host, plan.port) if plan.has_web else None
    set_up()
    clusters = _clusters(plan)
    sign_in = make_first_sign_in() if plan.has_web else None
    run_dir = Path(tempfile.mkdtemp(prefix="studio-run-"))
    os.environ["STUDIO_RUN_DIR"] = str(run_dir)
    silent, reporter = os.pipe()
    supervisor = Supervisor(
        children=_children(clusters, listener, reporter),
        run_dir=run_dir,
        on_ready=lambda: _announce(plan, sign_in),
        count_on_wire=_count_on_wire,
        listener=listener,
        probe=Probe(_own_address(listener)) if listener else None,
        silent=silent,
    )
    if not plan.has_web:
        say("Studio's workers are running.")
    try:
        _get_ready_to_fork()
        return supervisor.run()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
        say("Studio has stopped.")


def _clusters(plan: Plan) -> list[str]:
    """Return what works here. The engine stays away while it couldn't use a single API key; pages need none."""
    problem = encryption_problem() if plan.has_workers else ""
    if not problem:
        return [ENGINE, CHORES] if plan.has_workers else []
    if not plan.has_web:
        raise Invalid(f"The engine can't work. {problem} Then start Studio again.")
    say(
        f"The engine doesn't start. {problem} Then start Studio again. Pages and images can be seen meanwhile."
    )
    return [CHORES]


def _children(clusters: list[str], listener: socket.socket | None, reporter: int) -> list[Child]:
    """The web process first: it takes longest to be ready."""
    found: list[Child] = []
    if listener:
        found.append(Child(WEB, lambda: children.web(listener)))
    grace_s = {ENGINE: settings.STOP_GRACE_S}
    found += [_cluster(name, listener, grace_s.get(name)) for name in clusters]
    found.append(_watch(clusters, listener, reporter))
    if clusters and (door := _sandbox_door()):
        state = Path(settings.DATA.path) / "run" / "sandbox.jsonl"
        play: Callable[[], None] = lambda: children.sandbox(door, state)  # noqa: E731
        found.append(Child("sandbox", _without(listener, play), is_helper=True))
    return found


def _watch(clusters: list[str], listener: socket.socket | None, reporter: int) -> Child:
    report = _reporter(reporter)
    web = Probe(_own_address(listener)) if listener else None
    run: Callable[[], None] = lambda: children.watch(clusters, report, web)  # noqa: E731
    return Child("watch", _without(listener, run), is_helper=True)


def _cluster(name: str, listener: socket.socket | None, grace_s: float | None = None) -> Child:
    child = Child(name, _without(listener, lambda: children.cluster(name)))
    if grace_s is not None:
        child.grace_s = max(grace_s, child.grace_s)
    return child


def _without(listener: socket.socket | None, run: Callable[[], None]) -> Callable[[], None]:
    """Run in a child that doesn't keep the web's port open."""

    def run_without() -> None:
        if listener:
            listener.close()
        run()

    return run_without


def _reporter(pipe: int) -> Callable[[str], None]:
    def report(name: str) -> None:
        os.write(pipe, f"{name}\n".encode())

    return report


def _listen(host: str, port: int) -> socket.socket:
    family_of = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family_of, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Invalid(
                f"Port {port} is taken. Give another one, such as: PORT={min(port + 80, 65535)} make run"
            ) from None
        if error.errno == errno.EACCES:
            raise Invalid(
                f"Port {port} needs more rights than Studio has. Give one above 1023 as PORT."
            ) from None
        reason = error.strerror or error
        raise Invalid(f"Studio can't listen on {host}, port {port}: {reason}. Set HOST and PORT.") from None
    # asyncio does it only for sockets that name their protocol; without it an answer may wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _own_address(listener: socket.socket) -> tuple[str, int]:
    host, port = listener.getsockname()[:2]
    return ANY_ADDRESS.get(host, host), port


def _sandbox_door() -> socket.socket | None:
    """Bind the sandbox's port when it is needed, and have every process know the address.

    The port of the last time is taken again where possible: results of tasks from then are still to be fetched.
    """
    if settings.SANDBOX_URL or has_real_key():
        if not settings.SANDBOX_URL:
            sandbox_file().unlink(missing_ok=True)
        return None
    door = _bind_again() or socket.create_server(("127.0.0.1", 0), backlog=1024)
    settings.SANDBOX_URL = f"http://127.0.0.1:{door.getsockname()[1]}"
    sandbox_file().write_text(settings.SANDBOX_URL)
    return door


def _bind_again() -> socket.socket | None:
    with contextlib.suppress(OSError, ValueError):
        port = int(sandbox_file().read_text().rpartition(":")[2])
        return socket.create_server(("127.0.0.1", port), backlog=1024)
    return None


def _get_ready_to_fork() -> None:
    """Load what several children use, once; leave no connection for them to share."""
    for module in ("asyncio", "django_q.cluster", "PIL.Image", "uvicorn"):
        import_module(module)
    connections.close_all()
    family.bind_descendants()
    family.freeze()


def _announce(plan: Plan, sign_in: SignIn | None) -> None:
    host = "localhost" if plan.host in (*LOOPBACK, *ANY_ADDRESS) else plan.host
    say(f"Studio is ready at http://{host}:{plan.port}")
    if settings.SANDBOX_URL:
        say(
            "No provider has an API key yet: the sandbox paints the pictures. Add one with manage.py add_key."
        )
    if sign_in:
        say(f"Sign in as {sign_in.email} with the password {sign_in.password} (shown this once).")


def _count_on_wire() -> int:
    try:
        sent = Generation.objects.filter(status=Status.SUBMITTING, lease_until__gt=clock.now())
        return sent.count()
    except DatabaseError:
        return 0
