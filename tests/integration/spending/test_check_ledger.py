"""`manage.py check_ledger` and the proof of every night."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from studio.spending import actions
from studio.spending.models import Counter
from studio.supervisor.tasks import prove_ledger
from tests.cast import Cast


def test_a_ledger_that_is_right_is_said_to_be(cast: Cast) -> None:
    actions.hold(project=cast.project, by=cast.contributor, images=2)
    out = StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue() == "The ledger is right.\n"
    prove_ledger()


def test_each_difference_is_named_and_the_command_fails(cast: Cast) -> None:
    actions.hold(project=cast.project, by=cast.contributor, images=2)
    Counter.objects.filter(project=None, user=None).update(held_images=5)
    err = StringIO()
    with pytest.raises(CommandError, match=r"^3 differences\. Nothing was changed\.$"):
        call_command("check_ledger", stderr=err)
    assert err.getvalue().count("The counter of the team") == 3
    with pytest.raises(RuntimeError, match="3 differences"):
        prove_ledger()
