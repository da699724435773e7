"""`manage.py check_ledger` and the proof of every night."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from studio.generation.models import Generation, Status
from studio.kit.clock import now
from studio.spending import actions
from studio.spending.models import Counter
from studio.supervisor.tasks import prove_ledger
from tests.cast import Cast
from tests.pictures import make_batch, make_generation


@pytest.fixture
def queued(cast: Cast) -> Generation:
    return make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED)


def check() -> str:
    """Return what the command says against the ledger."""
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("check_ledger", stderr=err)
    return err.getvalue()


@pytest.mark.usefixtures("queued")
def test_a_ledger_that_is_right_is_said_to_be() -> None:
    out = StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue() == "The ledger is right.\n"
    prove_ledger()


@pytest.mark.usefixtures("queued")
def test_each_difference_is_named_and_the_command_fails() -> None:
    Counter.objects.filter(project=None, user=None).update(held_images=5)
    err = StringIO()
    with pytest.raises(CommandError, match=r"^3 differences\. Nothing was changed\.$"):
        call_command("check_ledger", stderr=err)
    assert err.getvalue().count("The counter of the team") == 3
    with pytest.raises(RuntimeError, match="3 differences"):
        prove_ledger()


def test_a_hold_of_what_has_ended_is_named(queued: Generation) -> None:
    ended = {"status": Status.FAILED, "finished_at": now(), "next_action_at": None}
    Generation.objects.filter(pk=queued.pk).update(**ended)
    assert check() == f"Hold {queued.hold_id} is open, but no generation that is under way needs it.\n"


def test_a_hold_of_nothing_is_named(cast: Cast) -> None:
    hold = actions.hold(project=cast.project, by=cast.contributor, images=2)
    assert check() == f"Hold {hold.pk} is open, but no generation that is under way needs it.\n"


def test_what_is_under_way_without_a_hold_is_named(queued: Generation) -> None:
    actions.release(queued.hold_id, reason="never sent")
    assert check() == f"Generation {queued.pk} is queued, but its hold {queued.hold_id} is released.\n"
