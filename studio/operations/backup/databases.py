"""Copying a whole database at one moment while everybody works, and putting such a copy into an empty one."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from studio.kit.errors import Invalid

Rows = Callable[[str], list[tuple[Any, ...]]]
"""Asks the copied state of the database."""

_NO_TOOL = (
    "{tool} is not on the PATH. It comes with PostgreSQL's client (on Debian: apt install postgresql-client), and must "
    "not be older than the server."
)


_OF_A_CONNECTION = ("host", "port", "user", "dbname", "sslmode", "sslrootcert")


@contextmanager
def copied(to: Path) -> Iterator[Rows]:
    """Copy the database into a file, and answer questions about the very state that was copied."""
    if connection.vendor == "postgresql":
        with _copied_postgres(to) as rows:
            yield rows
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(to)) as copy:
        # In one step: a copy in pieces begins anew whenever somebody writes.
        connection.connection.backup(copy)
        yield lambda question: copy.execute(question).fetchall()


@contextmanager
def _copied_postgres(to: Path) -> Iterator[Rows]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        _run("pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={to}")

        def rows(question: str) -> list[tuple[Any, ...]]:
            cursor.execute(question)
            return list(cursor.fetchall())

        yield rows


def is_empty() -> bool:
    """Tell whether the database holds nobody: no tables, or none with a person in it."""
    if "studio_user" not in connection.introspection.table_names():
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM studio_user LIMIT 1")
        return cursor.fetchone() is None


def put_back(copy: Path) -> None:
    """Put a copy into this installation's database, which holds nobody. Raises Invalid."""
    if connection.vendor == "postgresql":
        _run(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--no-acl",
            "--single-transaction",
            str(copy),
        )
        return
    connection.close()
    file = Path(connection.settings_dict["NAME"])
    for journal in ("-wal", "-shm"):
        file.with_name(f"{file.name}{journal}").unlink(missing_ok=True)
    copy.replace(file)


def _run(tool: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools against this database. Raises Invalid with the tool's own words."""
    from psycopg.conninfo import make_conninfo

    program = shutil.which(tool)
    if program is None:
        raise Invalid(_NO_TOOL.format(tool=tool))
    given = connection.get_connection_params()
    wanted = {name: given[name] for name in _OF_A_CONNECTION if given.get(name)}
    environment = {**os.environ, **({"PGPASSWORD": given["password"]} if given.get("password") else {})}
    command = [program, f"--dbname={make_conninfo(**wanted)}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Invalid(f"{tool} failed: {done.stderr.strip().splitlines()[-1][:300]}")
