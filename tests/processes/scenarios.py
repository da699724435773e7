"""The declared table of kills: each has work in several states, does its deed, and lets Studio go on by itself."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.generation.engine.owners import pid_of
from tests.processes.installation import Installation
from tests.processes.yard import Yard

ASYNCHRONOUS, SYNCHRONOUS = "mountsea:nano-banana-2", "modelstream:NB2"
# Before the sandbox's speed, a fifth: the tasks take 2.4 s, the long request 16 s or, where it is waited for, 4 s.
SLOW, LONG, AWAITED = "[sandbox:slow=12]", "[sandbox:slow=80]", "[sandbox:slow=20]"
SUCCEEDED, UNKNOWN = frozenset({"succeeded"}), frozenset({"unknown"})
EITHER = SUCCEEDED | UNKNOWN
WEB = ("hold.", "press.")


class Turn:
    """One turn in a yard. Its generations are told apart by their prompts: `r7 swift …`, `r7 long …`."""

    def __init__(self, yard: Yard) -> None:
        yard.rounds += 1
        self.yard, self.name = yard, f"r{yard.rounds}"
        self.pressed: Counter[str] = Counter()
        self.done_at = 0.0

    @property
    def studio(self) -> Installation:
        return self.yard.studio

    def press(self, role: str, model: str, marker: str = "") -> None:
        self.pressed[role] += 1
        self.yard.press(model, f"{self.name} {role} {self.pressed[role]} {marker}".strip())

    def start_working(self, marker: str) -> None:
        """Have two tasks running at the provider and a long request on the wire to another."""
        self.press("long", SYNCHRONOUS, marker)
        for _ in range(2):
            self.press("swift", ASYNCHRONOUS, SLOW)
        self.studio.wait_until(lambda: self.accepted("long") == 1, "the long request is on the wire")
        under_way = {"running", "fetching", "succeeded"}
        self.studio.wait_until(lambda: set(self.statuses("swift")) <= under_way, "all tasks are known")

    def accepted(self, role: str) -> int:
        return self.yard.accepted(f"{self.name} {role} ").total()

    def statuses(self, role: str = "") -> Counter[str]:
        return self.studio.statuses(like=f"{self.name} {role}%")

    def die_at(self, point: str, model: str = ASYNCHRONOUS, marker: str = "") -> None:
        """Have whoever reaches the point next die there, and press once more so that somebody does."""
        self.studio.die_at(point)
        # Where it is the page's own process that dies, the press waits for another one.
        self.done_at = time.monotonic()
        self.press("victim", model, marker)
        if not point.startswith(WEB):
            self.studio.wait_for_death(point)
            self.done_at = time.monotonic()

    def restart(self) -> None:
        self.done_at = time.monotonic()
        self.studio.start()

    def wait_until_idle(self) -> None:
        # Nobody strikes out the owner of a lease that has run out, until somebody needs it.
        held = """
            SELECT name FROM studio_pumplease
            WHERE name = 'pump' AND owner <> '' AND until > CURRENT_TIMESTAMP
        """
        self.studio.wait_until(lambda: not self.studio.rows(held), "the slice has ended")

    def is_resumed(self) -> bool:
        """Tell whether a new press is at the provider, and nothing is left in the hands of the dead."""
        held = self.studio.rows(
            "SELECT lease_owner FROM studio_generation WHERE status IN ('submitting', 'running', 'fetching')"
        )
        return self.accepted("late") == 1 and all(_works(pid_of(row["lease_owner"])) for row in held)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done, and how what was under way may end: `wire` the long request, `victim` who met the point."""

    name: str
    deed: Callable[[Turn], None]
    wire: frozenset[str] = UNKNOWN
    victim: frozenset[str] = SUCCEEDED
    marker: str = LONG
    has_work: bool = True
    kills_child: bool = False
    is_about_the_database: bool = False
    before: Callable[[Turn], None] | None = None
    afterwards: Callable[[Turn], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one turn has shown. `resumed_s` is from the deed until Studio worked again, in seconds."""

    generations: int
    lost: int
    paid_twice: int
    unknown: int
    resumed_s: float


def play(scenario: Scenario, yard: Yard) -> Result:
    """Play one round; whatever is not as it must be fails the test."""
    turn = Turn(yard)
    if scenario.kills_child:
        yard.note_child_killed()
    if scenario.before:
        scenario.before(turn)
    if scenario.has_work:
        turn.start_working(scenario.marker)
    scenario.deed(turn)
    done_at = turn.done_at or time.monotonic()
    turn.press("late", ASYNCHRONOUS)
    turn.studio.wait_until(turn.is_resumed, f"work goes on after: {scenario.name}")
    resumed_s = time.monotonic() - done_at
    _wait_for_the_ends(scenario, turn)
    if scenario.afterwards:
        scenario.afterwards(turn)
    result = _count(turn, resumed_s)
    problems = yard.check(f"{turn.name} ").problems
    assert not problems, problems
    assert (result.lost, result.paid_twice) == (0, 0), result
    return result


def _wait_for_the_ends(scenario: Scenario, turn: Turn) -> None:
    ends = {"swift": SUCCEEDED, "late": SUCCEEDED, "victim": scenario.victim, "long": scenario.wire}
    for role, may_be in ends.items():
        ended = lambda role=role, may_be=may_be: set(turn.statuses(role)) <= may_be  # noqa: E731
        turn.studio.wait_until(ended, f"{role} of {turn.name} ends as {set(may_be)}")


def _count(turn: Turn, resumed_s: float) -> Result:
    statuses, accepted = turn.statuses(), turn.yard.accepted(f"{turn.name} ")
    pressed = turn.pressed.total()
    return Result(
        generations=pressed,
        lost=pressed - statuses["succeeded"] - statuses["unknown"],
        paid_twice=sum(times - 1 for times in accepted.values()),
        unknown=statuses["unknown"],
        resumed_s=resumed_s,
    )


def _works(pid: int | None) -> bool:
    """Tell whether a process is there and neither dead nor stopped."""
    return _state(pid) not in "ZXT"


def _state(pid: int | None) -> str:
    """Return the letter of a process's state; X where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


# The deeds


def _at(point: str, model: str = ASYNCHRONOUS, marker: str = "") -> Callable[[Turn], None]:
    return lambda turn: turn.die_at(point, model, marker)


def _at_takeover(point: str) -> Callable[[Turn], None]:
    """The first to die leaves work behind; the next dies while it takes that over."""

    def deed(turn: Turn) -> None:
        turn.studio.die_at(point)
        os.kill(turn.studio.pump(), signal.SIGKILL)
        turn.studio.wait_for_death(point)

    return deed


def _kill_busy_worker(turn: Turn) -> None:
    os.kill(turn.studio.pump(), signal.SIGKILL)


def _kill_idle_workers(turn: Turn) -> None:
    """One of them holds the lock of django-q's queue: it is never given back, and the others wait for ever."""
    turn.wait_until_idle()
    for pid in turn.studio.engine_workers():
        os.kill(pid, signal.SIGKILL)


def _stop_idle_workers(turn: Turn) -> None:
    """The cluster hangs: its main process lives, and nobody works."""
    turn.wait_until_idle()
    for pid in turn.studio.engine_workers():
        os.kill(pid, signal.SIGSTOP)


def _kill_sentinel(turn: Turn) -> None:
    os.kill(turn.studio.sentinel(), signal.SIGKILL)


def _kill_main(turn: Turn) -> None:
    os.kill(turn.studio.engine_cluster(), signal.SIGKILL)


def _kill_web(turn: Turn) -> None:
    os.kill(turn.studio.web(), signal.SIGKILL)


def _freeze_web(turn: Turn) -> None:
    """It lives, and answers nobody."""
    os.kill(turn.studio.web(), signal.SIGSTOP)


def _kill_supervisor(turn: Turn) -> None:
    family = turn.studio.family()
    turn.studio.signal(signal.SIGKILL)
    turn.studio.wait_for_end()
    turn.studio.wait_until(lambda: not turn.studio.alive(family), "nobody has outlived it")
    turn.restart()


def _kill_everything(turn: Turn) -> None:
    turn.studio.kill_everything()
    turn.restart()


def _stop(turn: Turn) -> None:
    assert turn.studio.stop() == 0
    left = "SELECT id FROM studio_generation WHERE lease_owner <> '' AND next_action_at IS NOT NULL"
    assert turn.studio.rows(left) == [], "what wasn't finished is given back"
    turn.restart()


def _stop_at_once(turn: Turn) -> None:
    """The second signal cuts what is on the wire."""
    studio, before = turn.studio, len(turn.studio.output)
    studio.signal(signal.SIGTERM)
    studio.wait_until(
        lambda: "Waiting for requests" in studio.output[before:], "the stop says what it waits for"
    )
    studio.signal(signal.SIGTERM)
    assert studio.wait_for_end() == 0
    assert "1 generation becomes “unknown”" in studio.output[before:]
    turn.restart()


def _stop_group(turn: Turn) -> None:
    """What a terminal or a careless operator does: all processes of the cluster get the signal at once."""
    os.killpg(turn.studio.engine_cluster(), signal.SIGTERM)


def _freeze_busy_worker(turn: Turn) -> None:
    os.kill(turn.studio.pump(), signal.SIGSTOP)


def _freeze_at(point: str) -> Callable[[Turn], None]:
    """Amid a write: SQLite has one lock for all who write, and in PostgreSQL others wait for the same rows."""

    def deed(turn: Turn) -> None:
        turn.studio.die_at(point, "SIGSTOP")
        turn.press("victim", ASYNCHRONOUS)
        turn.studio.wait_for_death(point)
        turn.done_at = time.monotonic()

    return deed


def _thaw(turn: Turn) -> None:
    """Awake again, the frozen worker reads answers to what others have meanwhile taken over: its saves must miss."""
    # A dead one that an earlier round has left unburied is none.
    frozen = [pid for pid in turn.studio.engine_workers() if _state(pid) == "T"]
    if not frozen:
        # On SQLite it kept everybody from writing, or on a slow machine its whole cluster was silent for long: ended.
        return
    before = turn.studio.output.count("engine.slice.ended")
    ended = _count_kept(turn)
    os.kill(frozen[0], signal.SIGCONT)
    turn.studio.wait_until(
        lambda: turn.studio.output.count("engine.slice.ended") > before, "the frozen slice has ended"
    )
    assert _count_kept(turn) == ended


def _count_kept(turn: Turn) -> list[dict[str, object]]:
    return turn.studio.rows(
        "SELECT g.id, g.status, g.finished_at, count(i.id) AS images FROM studio_generation g"
        " JOIN studio_batch b ON b.id = g.batch_id LEFT JOIN studio_image i ON i.generation_id = g.id"
        f" WHERE b.prompt LIKE '{turn.name} %' AND b.prompt NOT LIKE '% late %'"
        " GROUP BY g.id, g.status, g.finished_at ORDER BY g.id"
    )


def _one_of_two_clusters(turn: Turn) -> None:
    """Two clusters share the work; the one that has it in its hands is killed."""
    if turn.studio.pump() in turn.studio.family():
        os.kill(turn.studio.engine_cluster(), signal.SIGKILL)
    else:
        turn.studio.kill_beside()


def _deliver_many_times(turn: Turn) -> None:
    code = "from studio.generation.tasks import PUMP, async_task; [async_task(PUMP) for _ in range(6)]"
    assert turn.studio.manage("shell", "-c", code).returncode == 0


# Each point, the outcome of the one that met it, and whether PostgreSQL might do it otherwise. Where the request may
# have gone out, nobody can know: unknown. Everything else must end well.
_AT_POINTS = (
    ("intent.before", SUCCEEDED, False),
    ("intent.written", SUCCEEDED, True),
    ("intent.committed", UNKNOWN, False),
    ("submission.before", UNKNOWN, False),
    ("submission.sent", UNKNOWN, False),
    ("submission.answered", UNKNOWN, False),
    ("task.written", UNKNOWN, True),
    ("task.committed", SUCCEEDED, False),
    ("poll.before", SUCCEEDED, False),
    ("poll.answered", SUCCEEDED, False),
    ("ready.written", SUCCEEDED, True),
    ("ready.committed", SUCCEEDED, False),
    ("file.begun", SUCCEEDED, False),
    ("file.downloaded", SUCCEEDED, False),
    ("file.in_place", SUCCEEDED, False),
    ("rows.written", SUCCEEDED, True),
    ("settlement.written", SUCCEEDED, True),
    ("stored.committed", SUCCEEDED, False),
)


def _in_answer(point: str, victim: frozenset[str]) -> Scenario:
    """The images come in the answer of the one paid request, to be unpacked."""
    deed = _at(point, SYNCHRONOUS, "[sandbox:b64]")
    return Scenario(f"dies at {point}, images in the answer", deed, victim=victim, has_work=False)


def _in_web(point: str, *, is_about_the_database: bool = False) -> Scenario:
    return Scenario(
        f"dies at {point}", _at(point), wire=SUCCEEDED, marker=AWAITED, kills_child=True,
        is_about_the_database=is_about_the_database,
    )  # fmt: skip


SCENARIOS = (
    _in_web("hold.before"),
    _in_web("hold.after", is_about_the_database=True),
    _in_web("press.committed"),
    *(
        Scenario(f"dies at {point}", _at(point), victim=victim, is_about_the_database=is_about_the_database)
        for point, victim, is_about_the_database in _AT_POINTS
    ),
    Scenario("dies at claim.before", _at_takeover("claim.before"), is_about_the_database=True),
    Scenario("dies at claim.committed", _at_takeover("claim.committed")),
    _in_answer("ready.before", UNKNOWN),
    _in_answer("ready.committed", SUCCEEDED),
    _in_answer("file.in_place", SUCCEEDED),
    Scenario("a busy worker is killed", _kill_busy_worker, is_about_the_database=True),
    Scenario("all idle workers are killed", _kill_idle_workers, has_work=False, kills_child=True),
    Scenario("all idle workers hang", _stop_idle_workers, has_work=False, kills_child=True),
    Scenario("the sentinel is killed", _kill_sentinel, kills_child=True),
    Scenario("the cluster’s main process is killed", _kill_main, kills_child=True),
    Scenario("the web process is killed", _kill_web, wire=SUCCEEDED, marker=AWAITED, kills_child=True),
    Scenario("the web process hangs", _freeze_web, wire=SUCCEEDED, marker=AWAITED, kills_child=True),
    Scenario("the supervisor is killed", _kill_supervisor),
    Scenario("everything is killed at once", _kill_everything, is_about_the_database=True),
    Scenario("SIGTERM to the supervisor", _stop, wire=SUCCEEDED, marker=AWAITED),
    Scenario("SIGTERM twice: the wire is cut", _stop_at_once),
    Scenario("SIGTERM to the cluster’s whole group", _stop_group, wire=EITHER, kills_child=True),
    Scenario("a busy worker is frozen beyond its leases, then wakes", _freeze_busy_worker, marker=AWAITED,
             is_about_the_database=True, afterwards=_thaw),
    Scenario("a busy worker is frozen amid a write, then wakes", _freeze_at("settlement.written"), marker=AWAITED,
             is_about_the_database=True, afterwards=_thaw),
    Scenario("two clusters on one database, the busy one is killed", _one_of_two_clusters, kills_child=True,
             is_about_the_database=True, before=lambda turn: turn.studio.start_beside(),
             afterwards=lambda turn: turn.studio.kill_beside()),
    Scenario("the engine’s task is delivered six times at once", _deliver_many_times, wire=SUCCEEDED, marker=AWAITED),
)  # fmt: skip
