"""A process that has stopped amid a transaction on PostgreSQL doesn't keep its rows from the others."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from studio.generation.moments import note_moment
from studio.kit import clock

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's lock is watched from outside"),
    pytest.mark.django_db(transaction=True),
]

# A worker and a page hold their connections in different ways.
WORKER = "from project.database import keep_connections; keep_connections()"
PAGE = "import project.asgi"
STOPS = """
import os, signal, django
django.setup()
{holds_its_connections}
from django.db import DatabaseError, transaction
from studio.generation.moments import note_moment
from studio.kit import clock
from studio.kit.database import is_away
try:
    with transaction.atomic():
        note_moment("standing", clock.now())
        os.kill(os.getpid(), signal.SIGSTOP)
except DatabaseError as error:
    print("away" if is_away(error) else type(error))
"""


@pytest.mark.parametrize("kind", [WORKER, PAGE], ids=["a worker", "a page"])
def test_it_is_rolled_back_and_finds_the_database_away(kind: str) -> None:
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    environment = {
        **os.environ,
        "STUDIO_DATABASE_URL": address,
        "STUDIO_HEARTBEAT_S": "1",
        "DJANGO_SETTINGS_MODULE": "project.settings",
    }
    code = STOPS.format(holds_its_connections=kind)
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '30s'")
        note_moment("standing", clock.now())
    finally:
        os.kill(process.pid, signal.SIGCONT)
    said, _ = process.communicate(timeout=20)
    assert said == "away\n"
