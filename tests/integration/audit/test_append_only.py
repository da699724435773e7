"""What audit and ledger have written stays: the database refuses to change or delete it, whoever asks."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from studio.audit.actions import record
from studio.audit.models import AuditEntry
from studio.spending import actions as spending
from studio.spending.models import LedgerEntry
from tests.cast import Cast, assemble_cast

MODELS: list[type[Model]] = [AuditEntry, LedgerEntry]


def write_both(cast: Cast) -> None:
    record(verb="project.tested", subject=cast.project, by=cast.admin)
    spending.hold(project=cast.project, by=cast.contributor, images=1)


def assert_refused(sql: str) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize("model", MODELS)
def test_a_line_is_neither_changed_nor_deleted(cast: Cast, model: type[Model]) -> None:
    write_both(cast)
    table, before = model._meta.db_table, list(model._base_manager.order_by("pk").values())
    assert before
    assert_refused(f"UPDATE {table} SET at = at")
    assert_refused(f"DELETE FROM {table}")
    if connection.vendor == "sqlite":
        assert_refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        assert_refused(f"UPDATE OR REPLACE {table} SET at = at")
    assert list(model._base_manager.order_by("pk").values()) == before


@pytest.mark.django_db(transaction=True)
def test_the_bench_may_empty_the_tables_and_they_stay_closed() -> None:
    write_both(assemble_cast())
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()
    write_both(assemble_cast())
    assert_refused("DELETE FROM studio_auditentry")
    assert_refused("DELETE FROM studio_ledgerentry")
