"""The engine's tasks for django-q2. They carry no data: the rows decide what is to be done."""

from django_q.tasks import async_task

from studio.generation.queries import is_pump_alive

PUMP = "studio.generation.tasks.pump"


def pump() -> None:
    """Run one slice of the pump, unless another one is running."""
    from studio.generation.engine.slice import run_slice

    run_slice()


def wake() -> None:
    """Have a slice started soon, unless one runs already. Call after commit, never inside a transaction.

    A slice that is just ending releases its lease before it looks for pending work, so what was committed
    before this question is seen by one side or the other.
    """
    if not is_pump_alive():
        async_task(PUMP)
