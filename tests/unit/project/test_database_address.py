"""STUDIO_DATABASE_URL, read as people write it."""

from project.database import postgres


def test_every_part_of_an_address() -> None:
    found = postgres("postgres://me%40team:p%2Fw@db.example:6432/studio?sslmode=require")
    assert (found["USER"], found["PASSWORD"]) == ("me@team", "p/w")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "6432", "studio")
    assert found["OPTIONS"]["sslmode"] == "require"
