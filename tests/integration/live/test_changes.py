"""Reading announcements by cursor: nothing is missed, whatever order the database commits in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from studio.kit.clock import now
from studio.live.actions import announce, announce_many, prune_changes
from studio.live.models import Change
from studio.live.queries import CATCH_UP_LIMIT, SETTLE, changes_after, current_cursor, told
from tests.cast import Cast


def change(cast: Cast, id: int, *, subject: int = 1, at: datetime | None = None) -> Change:
    """Write an announcement with an id of the test's own choice, as if its transaction had begun then."""
    row = Change.objects.create(id=id, project=cast.project, subject_kind="generation", subject_id=subject)
    Change.objects.filter(id=id).update(at=at or now())
    return row


def ask(cast: Cast, cursor: int | str, person: Any = None) -> Any:
    url = reverse("live:changes")
    query = {"project": cast.project.pk, "cursor": cursor}
    return cast.client(person or cast.viewer).get(url, query)


def test_the_poll_tells_what_changed_after_the_cursor(cast: Cast) -> None:
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=6)
    before = current_cursor()
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=7)
    announce_many(project_id=cast.project.pk, subject_kind="generation", subject_ids=[8, 9, 7])
    announce(project_id=cast.team_project.pk, subject_kind="generation", subject_id=99)
    answer = ask(cast, before).json()
    assert answer["changes"] == [{"project": cast.project.pk, "kind": "generation", "ids": [7, 8, 9]}]
    assert answer["reset"] is False
    assert ask(cast, answer["cursor"]).json() == {"cursor": answer["cursor"], "reset": False, "changes": []}


def test_a_hole_in_the_ids_holds_the_cursor_back_until_it_has_settled(cast: Cast) -> None:
    change(cast, 100, at=now() - SETTLE * 2)
    change(cast, 101)
    change(cast, 103)  # 102 is still in its transaction
    news = changes_after(100)
    assert [row.id for row in news.changes] == [101, 103]
    assert news.cursor == 101
    change(cast, 102)
    late = changes_after(news.cursor)
    assert [row.id for row in late.changes] == [102, 103]
    assert late.cursor == 103


def test_a_hole_that_nobody_fills_is_passed_in_the_end(cast: Cast) -> None:
    change(cast, 100, at=now() - SETTLE * 3)
    change(cast, 105, at=now() - SETTLE * 2)
    assert changes_after(100).cursor == 105
    assert current_cursor() == 105


def test_a_page_made_while_a_lower_id_is_in_flight_hears_of_it_later(cast: Cast) -> None:
    change(cast, 100, at=now() - SETTLE * 2)
    change(cast, 102)
    cursor = current_cursor()
    change(cast, 101, subject=5)
    assert 5 in told(changes_after(cursor).changes)[0]["ids"]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 30])
def test_without_a_readable_cursor_the_poll_gives_one_and_asks_to_reload(cast: Cast, cursor: str) -> None:
    change(cast, 100)
    answer = ask(cast, cursor).json()
    assert answer == {"cursor": 100, "reset": True, "changes": []}


def test_a_cursor_from_the_future_is_of_another_database(cast: Cast) -> None:
    change(cast, 100)
    assert ask(cast, 5000).json() == {"cursor": 100, "reset": True, "changes": []}


def test_a_cursor_older_than_what_was_kept_asks_to_reload(cast: Cast) -> None:
    for id in range(100, 110):
        change(cast, id, at=now() - timedelta(days=2))
    assert prune_changes() == 9
    assert changes_after(104).is_reset
    assert not changes_after(109).is_reset
    change(cast, 110)
    assert [row.id for row in changes_after(109).changes] == [110]


def test_pruning_keeps_a_day_and_the_newest(cast: Cast) -> None:
    assert prune_changes() == 0
    change(cast, 100, at=now() - timedelta(hours=25))
    change(cast, 101, at=now() - timedelta(hours=23))
    change(cast, 102)
    assert prune_changes() == 1
    assert list(Change.objects.order_by("id").values_list("id", flat=True)) == [101, 102]


def test_more_than_can_be_caught_up_with_asks_to_reload(cast: Cast) -> None:
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=1)
    before = current_cursor()
    announce_many(
        project_id=cast.project.pk, subject_kind="generation", subject_ids=range(CATCH_UP_LIMIT + 1)
    )
    news = changes_after(before)
    assert news.is_reset
    assert not news.changes
    assert news.cursor == before + CATCH_UP_LIMIT + 1


def test_an_unknown_project_is_not_found(cast: Cast) -> None:
    for project in ("", "0", "999999", "x"):
        response = cast.client(cast.admin).get(reverse("live:changes"), {"project": project, "cursor": 0})
        assert response.status_code == 404


def test_without_a_project_the_poll_tells_of_ones_own_news_only(cast: Cast) -> None:
    client, url = cast.client(cast.viewer), reverse("live:changes")
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=6)
    first = client.get(url).json()
    assert first["reset"] is True
    announce(project_id=cast.project.pk, subject_kind="generation", subject_id=7)
    announce(project_id=cast.project.pk, subject_kind="notification", subject_id=cast.contributor.pk)
    announce(project_id=cast.project.pk, subject_kind="notification", subject_id=cast.viewer.pk)
    told = client.get(url, {"cursor": first["cursor"]}).json()["changes"]
    assert [(change["kind"], change["ids"]) for change in told] == [("notification", [cast.viewer.pk])]
