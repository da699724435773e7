"""What a dead process held is free at once; what a living or a distant one holds is left alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from studio.generation.engine.leases import PUMP, take_from_the_gone
from studio.generation.engine.owners import is_gone, new_owner, pid_of
from studio.generation.models import Generation, PumpLease, Status
from studio.kit import clock
from tests.integration.generation.conftest import Engine


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[str]]:
    """Another process of this machine, which says under which name it would hold leases."""
    code = "from studio.generation.engine.owners import new_owner; print(new_owner(), flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def name_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_name_tells_its_process() -> None:
    owner = new_owner()
    assert pid_of(owner) == os.getpid()
    assert not is_gone(owner)
    assert owner != new_owner()
    assert len(owner) <= 40


def test_the_dead_are_gone_even_before_they_are_buried(neighbour: subprocess.Popen[str]) -> None:
    owner = name_of(neighbour)
    assert not is_gone(owner)
    neighbour.kill()
    os.waitid(os.P_PID, neighbour.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(owner)
    neighbour.wait()
    assert is_gone(owner)


def test_another_process_with_the_same_number_is_another_one() -> None:
    place, pid, started, rest = new_owner().split(".")
    assert is_gone(f"{place}.{pid}.{int(started) - 1}.{rest}")


@pytest.mark.parametrize("owner", ["", "somebody", "12345678.1.1.abcdef", "abcdefghijkmnpqrstuvwxyz23"])
def test_who_is_elsewhere_is_never_taken_for_dead(owner: str) -> None:
    assert not is_gone(owner)


def test_what_a_dead_process_held_goes_on_at_once(engine: Engine, neighbour: subprocess.Popen[str]) -> None:
    """The lease has a minute to run, and another machine's and our own have, too."""
    dead, soon = name_of(neighbour), clock.now() + timedelta(minutes=1)
    neighbour.kill()
    neighbour.wait()
    orphan, other, own = (engine.queue(f"in the hands of {who}").generations.get() for who in "abc")
    for generation, owner in ((orphan, dead), (other, "12345678.1.1.abcdef"), (own, new_owner())):
        Generation.objects.filter(id=generation.id).update(
            status=Status.SUBMITTING, attempt=1, lease_owner=owner, lease_until=soon
        )
    PumpLease.objects.update_or_create(name=PUMP, defaults={"owner": dead, "until": soon})

    engine.run(slices=1)
    assert engine.status_of(orphan) == Status.UNKNOWN
    assert [engine.status_of(one) for one in (other, own)] == [Status.SUBMITTING] * 2
    assert not take_from_the_gone(clock.now())
