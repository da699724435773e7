"""What is done with a key: limits, rotating, stopping the old one, deleting; and who must confirm first."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from studio.audit.models import AuditEntry
from studio.generation.models import Generation, Status
from studio.keys.actions import Limits, limits_of, rest_key, rotate_key
from studio.keys.models import ApiKey, KeyState
from studio.kit import clock
from studio.people.models import User
from studio.spending.models import HoldState
from studio.spending.verifying import find_differences
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast, confirm_password
from tests.fake_provider import Answer, FakeProvider
from tests.integration.administration.keys_page import HTMX, PAGE, SECRET, page, row, text
from tests.pictures import make_batch, make_generation

pytestmark = pytest.mark.django_db


def test_the_old_key_of_a_rotation_can_be_stopped_at_once(
    admin: StrictClient, key: ApiKey, cast: Cast
) -> None:
    batch = make_batch(cast.project, cast.contributor)
    running = [
        make_generation(batch, status=Status.RUNNING, task_id=f"hub-{place}", key=key) for place in range(2)
    ]
    fetching = make_generation(batch, status=Status.FETCHING, task_id="hub-3", key=key)
    address = f"{PAGE}{key.pk}/stop/"
    assert admin.post(address, headers=HTMX).status_code == 422, "it isn't retiring"
    rotate_key(key=key, secret=f"{SECRET}-2", by=cast.admin)
    before = admin.get(PAGE)
    form = parse(before.content.decode()).find(f"form[action='{address}']")
    assert form.attrs["data-confirm-detail"].startswith("2 running generations become unknown: their results")
    answer = admin.post(address, headers=HTMX)
    assert_swap_equals_reload(admin, PAGE, answer, before=before, by=f"form[action='{address}']")
    assert "2 generations are unknown now." in answer.content.decode()
    for generation in (*running, fetching):
        generation.refresh_from_db()
    assert [each.status for each in (*running, fetching)] == [Status.UNKNOWN, Status.UNKNOWN, Status.FETCHING]
    assert {each.hold.state for each in running} == {HoldState.KEPT}
    assert "was stopped before the provider was done" in running[0].problem
    key.refresh_from_db()
    assert (key.state, key.state_by) == (KeyState.RETIRED, cast.admin)
    assert AuditEntry.objects.get(verb="key.retired").actor == cast.admin
    assert find_differences() == []


def test_limits_are_set_and_wrong_ones_named(admin: StrictClient, key: ApiKey) -> None:
    typed = {"max_in_flight": "8", "max_submitting": "4", "max_per_minute": "", "priority": "1"}
    wrong = admin.post(f"{PAGE}{key.pk}/limits/", {**typed, "max_in_flight": "0", "priority": "many"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count("A whole number from 1 to") == 2
    assert 'value="many"' in wrong.content.decode()
    answer = admin.post(f"{PAGE}{key.pk}/limits/", typed, headers=HTMX)
    assert answer.headers["HX-Redirect"] == PAGE
    key.refresh_from_db()
    assert limits_of(key) == Limits(8, 4, None, 1)
    assert "0 of 8 in flight" in row(admin)


def test_rotating_shows_what_happens_and_keeps_the_old_key_for_what_runs(
    admin: StrictClient, key: ApiKey, cast: Cast
) -> None:
    running, _ = (_queued(cast.contributor, cast) for _ in range(2))
    now = clock.now()
    running_now = Generation.objects.filter(pk=running.pk)
    running_now.update(status=Status.RUNNING, key=key, task_id="hub-1", submitted_at=now)
    dialog = admin.get(f"{PAGE}{key.pk}/rotate/", headers=HTMX).content.decode()
    assert "1 running finishes with it" in dialog
    assert "the 1 waiting" in dialog
    assert "<html" not in dialog
    answer = admin.post(f"{PAGE}{key.pk}/rotate/", {"secret": "ms-fresh-9876543210-wxyz"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == PAGE
    shown = row(admin)
    assert "1 still running" in shown
    assert "····wxyz" in shown
    assert "Works" in shown
    assert (
        "wxyz"
        not in admin.post(f"{PAGE}{key.pk}/rotate/", {"secret": "ms-other-9876543210-wxyz"}).content.decode()
    )


def test_a_key_that_the_provider_refuses_replaces_nothing(
    admin: StrictClient, key: ApiKey, fake: FakeProvider
) -> None:
    fake.answer = Answer(401)
    answer = admin.post(f"{PAGE}{key.pk}/rotate/", {"secret": "ms-wrong-9876543210"})
    assert answer.status_code == 422
    assert "does not accept this key" in answer.content.decode()
    assert "ms-wrong" not in answer.content.decode()
    key.refresh_from_db()
    assert key.state == KeyState.ACTIVE


def test_a_rotation_says_that_the_new_key_could_not_be_tried(
    admin: StrictClient, key: ApiKey, fake: FakeProvider
) -> None:
    fake.stop()
    answer = admin.post(f"{PAGE}{key.pk}/rotate/", {"secret": "ms-fresh-9876543210-wxyz"}, follow=True)
    assert toast(answer) == (
        "Hub main is rotated. What is new goes out with the new key. Mountsea's server could not be reached. "
        "Nothing was sent. That does not show whether the key works."
    )


@pytest.mark.parametrize("deed", ["limits", "rotate"])
def test_a_form_of_a_key_that_was_deleted_meanwhile_says_so(
    admin: StrictClient, key: ApiKey, deed: str
) -> None:
    admin.post(f"{PAGE}{key.pk}/remove/")
    for answer in (
        admin.get(f"{PAGE}{key.pk}/{deed}/", headers=HTMX),
        admin.post(f"{PAGE}{key.pk}/{deed}/", {"secret": "ms-fresh-9876543210-wxyz"}, headers=HTMX),
    ):
        assert answer.status_code == 409
        assert "Hub main was deleted meanwhile." in answer.content.decode()


def test_a_key_is_deleted_unless_generations_need_it(admin: StrictClient, key: ApiKey, cast: Cast) -> None:
    running = _queued(cast.contributor, cast)
    now = clock.now()
    Generation.objects.update(status=Status.RUNNING, key=key, task_id="hub-1", submitted_at=now)
    button = page(admin).find(f"form[action='{PAGE}{key.pk}/remove/'] button")
    assert button
    assert button.attrs["title"].startswith("1 generation still needs this key.")
    refused = admin.post(f"{PAGE}{key.pk}/remove/", headers=HTMX)
    assert refused.status_code == 422
    assert "1 generation still needs this key." in refused.content.decode()
    Generation.objects.filter(pk=running.pk).update(
        status=Status.FAILED, next_action_at=None, finished_at=now
    )
    before = admin.get(PAGE)
    answer = admin.post(f"{PAGE}{key.pk}/remove/", headers=HTMX)
    assert_swap_equals_reload(admin, PAGE, answer, before=before, by=f"form[action='{PAGE}{key.pk}/remove/']")
    assert ApiKey.objects.get(pk=key.pk).secret_encrypted == ""


@pytest.mark.parametrize("deed", ["pause", "resume", "limits", "rotate", "remove"])
def test_changes_ask_for_the_password_again(admin: StrictClient, cast: Cast, key: ApiKey, deed: str) -> None:
    confirm_password(admin, cast.admin, seconds_ago=3600)
    answer = admin.post(f"{PAGE}{key.pk}/{deed}/", {"secret": "ms-fresh-9876543210"}, headers=HTMX)
    assert answer.status_code == 401
    added = admin.post(f"{PAGE}add/", {"provider": key.provider_id, "label": "x", "secret": "ms-fresh-98765"})
    assert added.headers["Location"].startswith("/accounts/reauthenticate/")
    assert ApiKey.objects.filter(is_sandbox=False, state=KeyState.ACTIVE).get() == key
    assert "fresh" not in str(dict(admin.session.items()))


def test_a_form_for_a_secret_asks_for_the_password_before_anything_is_typed(
    admin: StrictClient, cast: Cast, key: ApiKey
) -> None:
    confirm_password(admin, cast.admin, seconds_ago=3600)
    for form in ("add/", f"{key.pk}/rotate/"):
        asked = admin.get(PAGE + form, headers=HTMX)
        assert asked.status_code == 401
        assert asked.headers["HX-Redirect"].endswith(f"?{urlencode({'next': PAGE + form})}")
        assert admin.get(PAGE + form).status_code == 302
    assert admin.get(f"{PAGE}{key.pk}/limits/").status_code == 200


def test_the_sandboxs_key_cannot_be_set(admin: StrictClient, key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(is_sandbox=True)
    for deed in ("pause", "resume", "limits", "rotate", "remove"):
        assert admin.post(f"{PAGE}{key.pk}/{deed}/").status_code == 404


def act(client: StrictClient, before: Any, key: ApiKey, deed: str) -> Any:
    """Press what a page that was drawn before offers, as a browser sends it, and compare with a reload."""
    by = f"form[action='{PAGE}{key.pk}/{deed}/']"
    form = parse(before.content.decode()).find(by)
    assert form, f"the page offers no {deed}"
    sent = {one.attrs["name"]: one.attrs["value"] for one in form.find_all("input")}
    answer = client.post(f"{PAGE}{key.pk}/{deed}/", sent, headers=HTMX)
    assert_swap_equals_reload(client, PAGE, answer, before=before, by=by)
    return answer


def toast(answer: Any) -> str:
    return text(parse(answer.content.decode()).find(".toast"))


@pytest.mark.parametrize(
    ("meanwhile", "deed", "told"),
    [
        (["pause"], "pause", "Nothing was changed: Hub main is paused by now."),
        (["remove"], "pause", "Hub main was deleted meanwhile."),
        (["remove"], "test", "Hub main was deleted meanwhile."),
        (["remove"], "remove", "Hub main was deleted meanwhile."),
        (["pause"], "remove", "Hub main is paused by now. Delete it once more if it shall go all the same."),
    ],
)
def test_the_row_of_a_key_that_somebody_else_has_changed_shows_how_it_stands(
    admin: StrictClient, key: ApiKey, meanwhile: list[str], deed: str, told: str
) -> None:
    before = admin.get(PAGE)
    for theirs in meanwhile:
        admin.post(f"{PAGE}{key.pk}/{theirs}/")
    entries = AuditEntry.objects.count()
    answer = act(admin, before, key, deed)
    assert answer.status_code == 422
    assert told in toast(answer)
    assert AuditEntry.objects.count() == entries
    assert ("paused" in told) == ApiKey.objects.filter(pk=key.pk, deleted_at=None).exists()


def test_a_key_that_somebody_else_has_resumed_or_rotated_is_not_resumed_again(
    admin: StrictClient, key: ApiKey, cast: Cast
) -> None:
    admin.post(f"{PAGE}{key.pk}/pause/")
    before = admin.get(PAGE)
    admin.post(f"{PAGE}{key.pk}/resume/")
    answer = act(admin, before, key, "resume")
    assert (answer.status_code, toast(answer)) == (422, "Nothing was changed: Hub main is in use by now.")
    make_generation(
        make_batch(cast.project, cast.contributor), status=Status.RUNNING, task_id="hub-1", key=key
    )
    rotate_key(key=key, secret=f"{SECRET}-2", by=cast.admin)
    assert toast(act(admin, before, key, "resume")) == "Nothing was changed: Hub main is rotated out by now."


def test_resuming_a_key_that_rests_does_not_undo_a_pause_that_was_not_shown(
    admin: StrictClient, key: ApiKey
) -> None:
    rest_key(key_id=key.pk, until=clock.now() + timedelta(minutes=3))
    before = admin.get(PAGE)
    admin.post(f"{PAGE}{key.pk}/pause/")
    assert toast(act(admin, before, key, "resume")) == "Nothing was changed: Hub main is paused by now."
    assert act(admin, admin.get(PAGE), key, "resume").status_code == 200, "once more is on purpose"


def test_deleting_a_key_that_somebody_else_has_resumed_takes_a_second_press(
    admin: StrictClient, key: ApiKey
) -> None:
    admin.post(f"{PAGE}{key.pk}/pause/")
    before = admin.get(PAGE)
    admin.post(f"{PAGE}{key.pk}/resume/")
    assert "Hub main is in use by now" in toast(act(admin, before, key, "remove"))
    assert act(admin, admin.get(PAGE), key, "remove").status_code == 200


def test_a_state_that_there_is_not_resumes_and_deletes_nothing(admin: StrictClient, key: ApiKey) -> None:
    for deed in ("resume", "remove"):
        assert admin.post(f"{PAGE}{key.pk}/{deed}/", {"seen": "act\0ive"}, headers=HTMX).status_code == 422
    assert ApiKey.objects.present().filter(pk=key.pk).exists()


def test_without_a_script_the_page_comes_again_and_says_so(admin: StrictClient, key: ApiKey) -> None:
    for _ in range(2):
        answer = admin.post(f"{PAGE}{key.pk}/pause/", follow=True)
    page = parse(answer.content.decode())
    assert "Nothing was changed: Hub main is paused by now." in page.text()
    assert "Paused" in text(page.find(".keys tbody"))
    assert page.find("[data-toast=bad]")


def test_limits_that_somebody_else_has_set_meanwhile_are_told_first(admin: StrictClient, key: ApiKey) -> None:
    def seen(dialog: str) -> str:
        found = parse(dialog).find("[name=seen]")
        assert found
        return found.attrs["value"]

    address = f"{PAGE}{key.pk}/limits/"
    typed = {"max_in_flight": "8", "max_submitting": "4", "max_per_minute": "", "priority": "1"}
    ours = {**typed, "seen": seen(admin.get(address, headers=HTMX).content.decode())}
    admin.post(address, {**typed, "max_in_flight": "90", "max_per_minute": "60"})
    answer = admin.post(address, ours, headers=HTMX)
    assert answer.status_code == 422
    dialog = answer.content.decode()
    assert "somebody else has set 90 in flight, 4 at once, 60 a minute and priority 1 meanwhile" in dialog
    assert 'value="8"' in dialog
    key.refresh_from_db()
    assert limits_of(key) == Limits(90, 4, 60, 1)
    again = admin.post(address, {**ours, "seen": seen(dialog)}, headers=HTMX)
    assert again.headers["HX-Redirect"] == PAGE
    key.refresh_from_db()
    assert limits_of(key) == Limits(8, 4, None, 1)


def test_a_mistake_in_limits_does_not_hide_what_somebody_else_has_set(
    admin: StrictClient, key: ApiKey
) -> None:
    address = f"{PAGE}{key.pk}/limits/"

    def sent(dialog: Any) -> dict[str, str]:
        fields = parse(dialog.content.decode()).find_all("form input")
        return {one.attrs["name"]: one.attrs.get("value", "") for one in fields}

    ours = sent(admin.get(address, headers=HTMX))
    admin.post(address, {**ours, "max_in_flight": "90"})
    wrong = admin.post(address, {**ours, "max_in_flight": "0"}, headers=HTMX)
    answer = admin.post(address, {**sent(wrong), "max_in_flight": "8"}, headers=HTMX)
    assert "somebody else has set 90 in flight" in answer.content.decode()
    key.refresh_from_db()
    assert key.max_in_flight == 90


def test_limits_of_a_key_that_somebody_has_rotated_meanwhile_say_so(
    admin: StrictClient, key: ApiKey, cast: Cast
) -> None:
    running = _queued(cast.contributor, cast)
    Generation.objects.filter(pk=running.pk).update(status=Status.RUNNING, key=key, task_id="hub-1")
    fresh = rotate_key(key=key, secret="ms-fresh-9876543210-wxyz", by=cast.admin)
    typed = {"max_in_flight": "8", "max_submitting": "4", "max_per_minute": "", "priority": "1"}
    answer = admin.post(f"{PAGE}{key.pk}/limits/", typed, headers=HTMX)
    assert answer.status_code == 422
    assert "change the limits of the one that took its place" in answer.content.decode()
    assert limits_of(ApiKey.objects.get(pk=fresh.pk)) == Limits()


def _queued(author: User, cast: Cast) -> Generation:
    return make_generation(make_batch(cast.project, author), status=Status.QUEUED)
