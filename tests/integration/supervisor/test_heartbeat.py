"""The supervisor's look at the clusters: silence is noticed, a clock that jumps is not taken for it."""

import socket
import time
from datetime import timedelta

import pytest
from django.conf import settings

from studio.generation.moments import note_moment
from studio.generation.signs import CHORES, ENGINE, beat_name, patience
from studio.kit import clock
from studio.supervisor.heartbeat import WEB, WEB_START_S, Heartbeat
from studio.supervisor.probe import Probe
from studio.supervisor.tasks import beat

pytestmark = pytest.mark.django_db

CLUSTERS = [ENGINE, CHORES]
LATER_S = patience(CHORES).total_seconds() + 1


def test_a_silent_cluster_is_reported_once_in_a_while() -> None:
    reported: list[str] = []
    heart = Heartbeat(CLUSTERS, reported.append)
    beat(ENGINE)
    beat(CHORES)
    heart.look(0.0)
    heart.look(patience(ENGINE).total_seconds() - 1)
    assert reported == []
    heart.look(patience(ENGINE).total_seconds() + 1)
    assert reported == [ENGINE]
    beat(ENGINE)
    heart.look(LATER_S)
    assert reported == [ENGINE, CHORES]


def test_one_that_never_answers_is_reported() -> None:
    reported: list[str] = []
    heart = Heartbeat(CLUSTERS, reported.append)
    heart.look(0.0)
    heart.look(LATER_S)
    assert reported == CLUSTERS


@pytest.mark.parametrize(
    "jump", [timedelta(days=-1), timedelta(hours=1)], ids=["a day ahead", "an hour back"]
)
def test_a_jump_of_the_clock_silences_nobody(jump: timedelta) -> None:
    """After a jump ahead all signs are a day old, after one back they are still to come."""
    reported: list[str] = []
    heart = Heartbeat([ENGINE], reported.append)
    beat(ENGINE)
    heart.look(0.0)
    note_moment(beat_name(ENGINE), clock.now() + jump)
    heart.look(5.0)
    # From here on it answers again, at the new time.
    for look in range(1, 20):
        beat(ENGINE)
        heart.look(look * settings.HEARTBEAT_S)
    assert reported == []


def test_questions_go_on_after_the_clock_was_set_back() -> None:
    """Each look that is a beat later asks anew, whatever the wall clock says."""
    from django_q.models import OrmQ

    heart = Heartbeat([ENGINE], lambda _: None)
    for look in range(3):
        heart.look(look * settings.HEARTBEAT_S)
    heart.look(2 * settings.HEARTBEAT_S + 0.1)
    assert OrmQ.objects.count() == 3


def test_a_web_process_that_answers_nothing_is_reported() -> None:
    """The socket is bound by the supervisor: one that hangs refuses nobody, and lets everybody wait."""
    reported: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        web = Probe(listener.getsockname())
        heart = Heartbeat([], reported.append, web)
        late_s = max(settings.SILENT_S, WEB_START_S) + 1
        heart.look_at_web(began)
        connection, _ = listener.accept()
        connection.sendall(b"HTTP/1.1 500 Internal Server Error\r\n\r\n")
        heart.look_at_web(began + late_s)
        assert reported == [], "one that answers lives, whatever it says"
        heart.look_at_web(began + late_s + 5)
        assert reported == []
        heart.look_at_web(began + 2 * late_s + 1)
        assert reported == [WEB]
        heart.look_at_web(began + 2 * late_s + 5)
        assert reported == [WEB], "it is given time to start again"
        connection.close()
        web.close()
