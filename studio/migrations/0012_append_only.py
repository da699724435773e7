from django.db import migrations

TABLES = ("studio_auditentry", "studio_ledgerentry")

SQLITE = """
CREATE TRIGGER {table}_no_{name} BEFORE {event} ON {table} {condition}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
# REPLACE deletes the old row without a trigger for DELETE, unless a connection asks for it.
SQLITE_EVENTS = (
    ("update", "UPDATE", ""),
    ("delete", "DELETE", ""),
    ("replace", "INSERT", "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
)

# The error's class is that of SQLite's RAISE: Django makes an IntegrityError of both.
POSTGRESQL_FUNCTION = """
CREATE FUNCTION studio_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION studio_refuse_change()
"""


def refuse_changes(apps, schema_editor):
    """Have the database itself refuse changed and deleted rows of audit and ledger."""
    if schema_editor.connection.vendor == "postgresql":
        statements = [POSTGRESQL_FUNCTION, *(POSTGRESQL.format(table=table) for table in TABLES)]
    else:
        statements = [
            SQLITE.format(table=table, name=name, event=event, condition=condition.format(table=table))
            for table in TABLES
            for name, event, condition in SQLITE_EVENTS
        ]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def allow_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = ["DROP FUNCTION studio_refuse_change() CASCADE"]
    else:
        statements = [f"DROP TRIGGER {table}_no_{name}" for table in TABLES for name, _, _ in SQLITE_EVENTS]
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0011_images_count_for_their_entry"),
    ]

    operations = [
        migrations.RunPython(refuse_changes, allow_changes),
    ]
