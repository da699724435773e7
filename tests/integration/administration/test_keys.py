"""The keys' page: what is stored and shown, what a test finds, and what is told of a key in trouble."""

import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.catalog.models import ImageModel, Provider
from studio.generation.models import Status
from studio.generation.outages import begin_outage, provider_answered
from studio.keys.actions import add_key, mark_used, pause_key, rest_key, rotate_key, stop_key
from studio.keys.models import ApiKey, KeyState, OutageKind, Verdict
from studio.keys.queries import secret_of
from studio.kit import clock
from studio.spending.models import UsageHour
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast
from tests.fake_provider import Answer, FakeProvider
from tests.integration.administration.keys_page import HTMX, PAGE, SECRET, card, is_counted, row
from tests.pictures import make_batch, make_generation

pytestmark = pytest.mark.django_db


def test_a_key_is_added_and_never_shown_but_by_what_tells_it_from_others(
    admin: StrictClient, provider: Provider, cast: Cast
) -> None:
    answer = admin.post(f"{PAGE}add/", {"provider": provider.pk, "label": "Hub main", "secret": SECRET})
    key = ApiKey.objects.get(is_sandbox=False)
    assert answer.headers["Location"] == f"{PAGE}?added={key.pk}"
    assert secret_of(key) == SECRET
    shown = row(admin)
    assert "Hub main Mountsea Hub ····abcd" in shown or "Hub main Mountsea ····abcd" in shown
    assert f"Added by {cast.admin.display_name}" in shown
    assert key.fingerprint in shown
    assert SECRET not in admin.get(PAGE).content.decode()
    assert AuditEntry.objects.get(verb="key.added").actor_id == cast.admin.pk


def test_the_page_tests_a_key_that_has_just_come_and_only_then(admin: StrictClient, key: ApiKey) -> None:
    def asks(address: str) -> bool:
        shown = parse(admin.get(address).content.decode())
        return any("load" in form.attrs.get("hx-trigger", "") for form in shown.find_all("form"))

    assert not asks(PAGE)
    assert asks(f"{PAGE}?added={key.pk}")
    admin.post(f"{PAGE}{key.pk}/test/")
    assert not asks(f"{PAGE}?added={key.pk}")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"label": "", "secret": SECRET}, "Give the key a name."),
        ({"label": "Hub", "secret": ""}, "Paste the key."),
        ({"label": "Hub", "secret": "two words here"}, "holds spaces or characters"),
        ({"label": "Hub", "secret": "short"}, "too short"),
        ({"label": f"Hub {SECRET}", "secret": SECRET}, "This holds the key itself"),
    ],
)
def test_what_is_no_key_is_refused_beside_its_field(
    admin: StrictClient, provider: Provider, typed: dict[str, str], sentence: str
) -> None:
    answer = admin.post(f"{PAGE}add/", {"provider": provider.pk, **typed})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ApiKey.objects.filter(is_sandbox=False).exists()


def test_a_form_that_is_refused_keeps_all_but_the_secret(admin: StrictClient, key: ApiKey) -> None:
    typed = {"provider": key.provider_id, "label": "Again", "secret": SECRET}
    answer = admin.post(f"{PAGE}add/", typed, headers=HTMX)
    assert answer.status_code == 422
    form = parse(answer.content.decode())
    assert form.find("input[name='label']").attrs["value"] == "Again"
    assert form.find("option[selected]").attrs["value"] == str(key.provider_id)
    assert "has this key already: Hub main" in form.text()
    assert SECRET not in answer.content.decode()


def test_a_provider_shows_what_the_month_has_cost_in_cents(
    admin: StrictClient, key: ApiKey, model: ImageModel, cast: Cast
) -> None:
    UsageHour.objects.create(
        starts_at=timezone.now(),
        day=timezone.localdate(),
        project=cast.project,
        user=cast.manager,
        model=model,
        spent_micros=385_281_000,
    )
    assert "$385.28 in" in card(admin)


def test_a_test_asks_the_provider_and_shows_result_latency_and_balance_in_place(
    admin: StrictClient, key: ApiKey, fake: FakeProvider
) -> None:
    before = admin.get(PAGE)
    answer = admin.post(f"{PAGE}{key.pk}/test/", headers=HTMX)
    assert_swap_equals_reload(admin, PAGE, answer, before=before, by=f"form[action='{PAGE}{key.pk}/test/']")
    assert "Works" in row(admin)
    assert re.search(r"Works \d+ ms", row(admin))
    assert "4,321 credits" in card(admin)
    assert re.search(r"Works \d+ ms ?, 4,321 credits", row(admin))
    assert fake.asked == {("/hub/v1/models", f"Bearer {SECRET}"), ("/api-user/credits", SECRET)}


@pytest.mark.parametrize(
    ("answer", "verdict", "sentence"),
    [
        (Answer(401), Verdict.REFUSED, "does not accept this key"),
        (Answer(402), Verdict.OPEN, "knows the key, but its credit is used up"),
        (Answer(500), Verdict.OPEN, "answered with HTTP 500; that does not show whether the key works"),
        (Answer(302), Verdict.OPEN, "answered with HTTP 302"),
        (Answer(cuts=True), Verdict.OPEN, "The connection broke before Mountsea's answer was complete."),
        (Answer(waits=True), Verdict.OPEN, "Mountsea did not answer in time."),
    ],
)
def test_whatever_a_provider_answers_is_a_sentence(
    admin: StrictClient,
    key: ApiKey,
    fake: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    verdict: Verdict,
    sentence: str,
) -> None:
    monkeypatch.setattr("studio.keys.testing.TIMEOUT_S", 0.5)
    fake.answer = answer
    assert admin.post(f"{PAGE}{key.pk}/test/", headers=HTMX).status_code == 200
    key.refresh_from_db()
    assert (key.test_verdict, sentence in key.test_sentence) == (verdict, True)
    assert sentence in row(admin)
    assert key.state == KeyState.ACTIVE, "a test changes nothing"
    assert is_counted(admin) == (verdict == Verdict.REFUSED)


def test_a_provider_that_is_not_there_is_a_sentence(
    admin: StrictClient, key: ApiKey, fake: FakeProvider
) -> None:
    fake.stop()
    admin.post(f"{PAGE}{key.pk}/test/")
    assert "Mountsea's server could not be reached." in row(admin)


def test_a_key_that_was_refused_stays_so_while_nobody_answers(
    admin: StrictClient, key: ApiKey, fake: FakeProvider
) -> None:
    fake.answer = Answer(401)
    admin.post(f"{PAGE}{key.pk}/test/")
    fake.stop()
    for _ in range(2):
        admin.post(f"{PAGE}{key.pk}/test/")
        assert "Refused in the test" in row(admin)
        assert "does not show whether the key works. It was refused before." in row(admin)
    assert is_counted(admin)


def test_no_key_works_while_its_provider_is_away(admin: StrictClient, key: ApiKey, cast: Cast) -> None:
    now = clock.now()
    mark_used([key.pk], now)
    assert "Working" in row(admin)
    begin_outage(provider_id=key.provider_id, kind=OutageKind.UNREACHABLE, at=now, ask_at=now)
    assert "Provider away" in row(admin)
    assert "can't be reached. What is new waits, uncharged" in row(admin)
    assert "Provider away" in card(admin)
    assert "Working" not in row(admin) + card(admin)
    provider_answered(key.provider_id, now)
    assert "Working" in row(admin)


def test_what_is_wrong_with_a_key_itself_is_told_before_its_providers_outage(
    admin: StrictClient, key: ApiKey, fake: FakeProvider
) -> None:
    fake.answer = Answer(401)
    admin.post(f"{PAGE}{key.pk}/test/")
    now = clock.now()
    begin_outage(provider_id=key.provider_id, kind=OutageKind.FAILING, at=now, ask_at=now)
    assert "Refused in the test" in row(admin)


def test_all_keys_are_tested_with_one_press(admin: StrictClient, key: ApiKey, fake: FakeProvider) -> None:
    other = add_key(provider=key.provider, label="Spare", secret=f"{SECRET}-2")
    before = admin.get(PAGE)
    answer = admin.post(f"{PAGE}test/", headers=HTMX)
    assert_swap_equals_reload(admin, PAGE, answer, before=before, by=f"form[action='{PAGE}test/']")
    assert {secret for path, secret in fake.asked if path == "/api-user/credits"} == {
        SECRET,
        secret_of(other),
    }


def test_pausing_and_resuming_say_who_and_since_when(admin: StrictClient, key: ApiKey, cast: Cast) -> None:
    for deed, words in (("pause", f"By {cast.admin.display_name}"), ("resume", "Untested")):
        before = admin.get(PAGE)
        answer = admin.post(f"{PAGE}{key.pk}/{deed}/", headers=HTMX)
        by = f"form[action='{PAGE}{key.pk}/{deed}/']"
        assert_swap_equals_reload(admin, PAGE, answer, before=before, by=by)
        assert words in row(admin)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "actor_id")) == [
        ("key.added", cast.admin.pk),
        ("key.paused", cast.admin.pk),
        ("key.resumed", cast.admin.pk),
    ]
    stop_key(key_id=key.pk, state=KeyState.UNAUTHORISED)
    refused = admin.post(f"{PAGE}{key.pk}/pause/", headers=HTMX)
    assert refused.status_code == 422
    assert "Hub main is refused by its provider by now." in refused.content.decode()


@pytest.mark.parametrize(
    ("state", "word", "why"),
    [(KeyState.UNAUTHORISED, "Refused", "answered 401"), (KeyState.OUT_OF_CREDIT, "Out of credit", "402")],
)
def test_a_key_that_its_provider_stopped_is_counted_beside_the_entry(
    admin: StrictClient, key: ApiKey, state: KeyState, word: str, why: str
) -> None:
    assert not is_counted(admin)
    stop_key(key_id=key.pk, state=state)
    assert word in row(admin)
    assert why in row(admin)
    assert is_counted(admin)
    assert word in card(admin)
    before = admin.get(PAGE)
    answer = admin.post(f"{PAGE}{key.pk}/resume/", headers=HTMX)
    assert_swap_equals_reload(admin, PAGE, answer, before=before, by=f"form[action='{PAGE}{key.pk}/resume/']")


def test_a_key_that_rests_says_until_when(admin: StrictClient, key: ApiKey) -> None:
    rest_key(key_id=key.pk, until=clock.now() + timedelta(minutes=3))
    assert "The provider asked to wait until" in row(admin)
    assert "Resting" in card(admin)


def test_usage_and_jobs_say_plainly_what_is_wrong_with_a_key(
    admin: StrictClient, key: ApiKey, cast: Cast
) -> None:
    make_generation(make_batch(cast.project, cast.contributor), status=Status.QUEUED)
    for address in ("/admin/usage/", "/admin/jobs/"):
        assert parse(admin.get(address).content.decode()).find(".note.warn") is None
    stop_key(key_id=key.pk, state=KeyState.OUT_OF_CREDIT)
    for address in ("/admin/usage/", "/admin/jobs/"):
        note = parse(admin.get(address).content.decode()).find(".note.warn")
        assert "Mountsea Hub, key Hub main (…" in note.text()
        assert "Out of credit" in note.text()
        assert "Add credit there, then resume the key. 1 waits to be sent there." in note.text()
        there = note.find("a").attrs["href"]
        assert parse(admin.get(there.partition("#")[0]).content.decode()).find(f"#{there.partition('#')[2]}")


@pytest.mark.parametrize(("minutes", "is_told"), [(1, False), (5, True)])
def test_a_long_rest_is_told_and_a_short_one_is_not(
    admin: StrictClient, key: ApiKey, minutes: int, is_told: bool
) -> None:
    rest_key(key_id=key.pk, until=clock.now() + timedelta(minutes=minutes))
    note = parse(admin.get("/admin/usage/").content.decode()).find(".note.warn")
    assert (note is not None) == is_told == is_counted(admin)


def test_a_key_that_becomes_unreadable_is_shown_and_what_waits_for_it_says_so(
    admin: StrictClient, key: ApiKey, cast: Cast, settings: Settings
) -> None:
    job = make_generation(
        make_batch(cast.project, cast.contributor), status=Status.RUNNING, task_id="hub-1", key=key
    )
    studio = cast.client(cast.contributor)
    assert "can’t be read" not in studio.get("/p/spring/").content.decode()
    rotate_key(key=key, secret=f"{SECRET}-2", by=cast.admin)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    shown = parse(admin.get(PAGE).content.decode())
    old = shown.find(f"#key-row-{key.pk}").text()
    assert "Can’t be read" in old
    assert "What still runs with it can’t be asked for." in old
    words = "Its API key can’t be read any more, so nobody can ask how far it is."
    assert words in parse(studio.get("/p/spring/").content.decode()).find(f"#generation-{job.pk}").text()
    jobs = parse(admin.get("/admin/jobs/").content.decode())
    assert words in jobs.find("#jobs-lists").text()
    assert len(jobs.find_all(".note.warn")) == 2


def test_one_key_of_two_that_is_stopped_turns_the_light_amber(admin: StrictClient, key: ApiKey) -> None:
    add_key(provider=key.provider, label="Spare", secret=f"{SECRET}-2")
    pause_key(key_id=key.pk, by=None)
    assert "1 of 2 keys work" in card(admin)


def test_a_key_that_cannot_be_read_says_why(admin: StrictClient, key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(secret_encrypted="made with another key")
    assert "STUDIO_ENCRYPTION_KEYS" in row(admin)
    assert is_counted(admin)
    admin.post(f"{PAGE}{key.pk}/test/")
    assert "can't be read" in row(admin)


def test_more_keys_need_no_further_query(admin: StrictClient, key: ApiKey) -> None:
    def make_rows() -> None:
        for number in range(5):
            secret = f"{SECRET}-{number}-{ApiKey.objects.count()}"
            add_key(provider=key.provider, label=f"Key {number}", secret=secret)

    assert_same_queries(admin, PAGE, make_rows)
