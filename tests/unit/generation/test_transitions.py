"""The table of the life of a generation: complete, drawn, and the only way in and out."""

from pathlib import Path

from studio.generation.models import ENDED, PENDING, Status
from studio.generation.transitions import TABLE
from studio.management.commands.draw_states import page


def test_every_status_can_be_reached_and_every_pending_one_can_be_left() -> None:
    targets = {row.target for row in TABLE} | {Status.QUEUED}
    sources = {row.source for row in TABLE}
    assert targets == set(Status)
    assert set(PENDING) | {Status.UNKNOWN} == sources


def test_an_end_is_an_end() -> None:
    assert not [row for row in TABLE if row.source in ENDED]


def test_only_a_person_sends_again_what_may_have_been_paid_for() -> None:
    to_queued = {row.who for row in TABLE if row.source == Status.UNKNOWN and row.target == Status.QUEUED}
    assert to_queued == {"person"}


def test_the_diagram_in_the_docs_is_drawn_from_the_table() -> None:
    drawn = Path(__file__).parents[3] / "docs" / "states.md"
    assert drawn.read_text() == page(), "run manage.py draw_states"
