"""Asking for more at a limit: the press waits, an admin answers, and it goes out through the usual door."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.catalog.actions import install_catalog
from studio.catalog.queries import find_model
from studio.generation.models import Batch, Generation, LimitRequest, RequestState, Upload
from studio.generation.uploads import remove_unused_uploads
from studio.live.models import Change
from studio.notifying.mail import send_due
from studio.spending.models import Grant, Hold, Quota
from studio.spending.prices import Rate
from studio.spending.pricing import set_price
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast

DOLLAR = 1_000_000
STUDIO = "/p/spring/"
ASK = "/p/spring/ask"


@pytest.fixture(autouse=True)
def _models(db: None) -> None:
    install_catalog()


@pytest.fixture
def author(cast: Cast) -> StrictClient:
    return cast.client(cast.contributor)


@pytest.fixture
def admin(cast: Cast) -> StrictClient:
    return cast.client(cast.admin)


@pytest.fixture
def quota(cast: Cast) -> Quota:
    return Quota.objects.create(user=cast.contributor, period="month", max_images=1)


def today(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def press(**more: str) -> dict[str, str]:
    fields = {"model": "mountsea:nano-banana-2", "in-prompt": "A <b>fjord</b>", "in-num_images": "2"}
    return {**fields, "press": str(uuid4()), **more}


def wish(quota: Quota, **more: str) -> dict[str, str]:
    asked = {"quota": str(quota.pk), "unit": "images", "amount": "10", "until": today(2)}
    return press(**asked, **more)


def ask(client: StrictClient, quota: Quota, **more: str) -> LimitRequest:
    assert client.post(ASK, wish(quota, **more)).status_code == 302
    return LimitRequest.objects.order_by("id").last() or pytest.fail("nobody asked")


def approve(client: StrictClient, asked: LimitRequest, amount: str = "10", until: str = "") -> HttpResponse:
    terms = {"amount": amount, "until": until or today(2)}
    return client.post(f"/admin/requests/{asked.pk}/approve/", terms)


def asked_in(client: StrictClient) -> str:
    shown = parse(client.get(STUDIO).content.decode()).find("#requests")
    return " ".join(shown.text().split()) if shown else ""


def verbs() -> list[str]:
    told = AuditEntry.objects.filter(verb__regex="^(request|grant)").order_by("id")
    return list(told.values_list("verb", flat=True))


@pytest.mark.parametrize("is_htmx", [True, False])
def test_a_press_at_a_limit_is_told_which_and_offered_what_fits(
    author: StrictClient, quota: Quota, *, is_htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if is_htmx else {}
    answer = author.post("/p/spring/generate", press(), headers=headers)
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    words = " ".join(page.text().split())
    assert "Your monthly limit has only 1 image left" in words
    assert "leaves 1, and this makes 2. It resets on 1 " in words
    assert "Ask for 10 images until" in words
    assert "The admin can approve." in words
    controls = page.find_all("[form='composer-form']")
    assert {"quota", "unit", "amount", "until", "reason"} <= {one.attrs.get("name") for one in controls}
    assert not Batch.objects.exists()


def test_what_is_offered_is_enough_for_the_press(author: StrictClient, cast: Cast) -> None:
    model = find_model("nano-banana-2", "mountsea")
    set_price(model=model, rates=[Rate(4 * DOLLAR)], valid_from=timezone.localdate(), by=None)
    Quota.objects.create(project=cast.project, period="day", max_micros=DOLLAR)
    page = parse(author.post("/p/spring/generate", press()).content.decode())
    offered = [one.attrs["value"] for one in page.find_all("[name='amount']")]
    assert offered == ["10", "25", "50"]
    chosen = [one.attrs["value"] for one in page.find_all("[name='until']") if "checked" in one.attrs]
    assert chosen == [today()]


def test_what_is_asked_waits_and_holds_nothing(author: StrictClient, cast: Cast, quota: Quota) -> None:
    asked = ask(author, quota, reason="For the =call()")
    assert (asked.images, asked.calls, asked.input["prompt"]) == (2, 1, "A <b>fjord</b>")
    assert not Hold.objects.exists()
    assert not Generation.objects.exists()
    assert "Waiting for approval You asked for 10 images until" in asked_in(author)
    assert "A <b>fjord</b>" in asked_in(author)
    assert asked_in(cast.client(cast.manager)) == ""
    assert Change.objects.filter(subject_kind="request", subject_id=asked.pk).count() == 1


def test_the_same_press_asks_once(author: StrictClient, quota: Quota) -> None:
    sent = wish(quota)
    assert [author.post(ASK, sent).status_code for _ in range(2)] == [302, 302]
    assert LimitRequest.objects.count() == 1
    assert verbs() == ["request.made"]


def test_the_same_press_in_another_project_is_refused_with_a_sentence(
    author: StrictClient, quota: Quota
) -> None:
    asked = ask(author, quota)
    again = wish(quota, press=str(asked.press))
    answer = author.post("/p/playground/ask", again, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "This form was sent already. Reload the page and try again." in answer.content.decode()
    assert LimitRequest.objects.get() == asked


def test_what_a_database_cannot_keep_is_left_out_of_what_was_typed(
    author: StrictClient, admin: StrictClient, quota: Quota
) -> None:
    asked = ask(author, quota, reason="For\0 print")
    assert asked.reason == "For print"
    assert admin.post(f"/admin/requests/{asked.pk}/decline/", {"answer": "Not\0 now"}).status_code == 302
    assert "Not now" in asked_in(author)


def test_htmx_gets_what_waits_and_a_form_for_the_next_press(author: StrictClient, quota: Quota) -> None:
    sent = wish(quota)
    answer = author.post(ASK, sent, headers={"HX-Request": "true"})
    page = parse(answer.content.decode())
    assert "Waiting for approval" in page.find("#requests").text()
    assert page.find("#press").attrs["value"] != sent["press"]
    assert page.find("#limit").text().strip() == ""


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "many"}, "A whole number of images."),
        ({"amount": "0"}, "Say how much: more than nothing."),
        ({"other_amount": "-3"}, "A whole number of images."),
        ({"until": "soon"}, "Say until which day."),
        ({"other_until": today(-1)}, "This day is over."),
        ({"other_until": today(500)}, "At most for a year."),
        ({"quota": "999999"}, "This limit is no longer in the way."),
        ({"unit": "hours"}, "This question is out of date."),
    ],
)
def test_a_wrong_question_is_refused_with_a_sentence(
    author: StrictClient, quota: Quota, wrong: dict[str, str], sentence: str
) -> None:
    answer = author.post(ASK, {**wish(quota), **wrong}, headers={"HX-Request": "true"})
    assert (answer.status_code, sentence in answer.content.decode()) == (409, True)
    kept = author.post(ASK, {**wish(quota), **wrong})
    assert (kept.status_code, sentence in kept.content.decode()) == (422, True)
    assert "A &lt;b&gt;fjord&lt;/b&gt;" in kept.content.decode()
    assert not LimitRequest.objects.exists()


def test_where_there_is_room_again_nobody_needs_to_ask(author: StrictClient, quota: Quota) -> None:
    Quota.objects.update(max_images=2)
    answer = author.post(ASK, wish(quota))
    assert "This limit is no longer in the way. Press Generate again." in answer.content.decode()


def test_a_wrong_input_is_never_kept(author: StrictClient, quota: Quota) -> None:
    answer = author.post(ASK, {**wish(quota), "in-prompt": ""})
    assert answer.status_code == 422
    assert not LimitRequest.objects.exists()


def test_an_approval_grants_and_sends_in_one_go(
    author: StrictClient, admin: StrictClient, cast: Cast, quota: Quota
) -> None:
    asked = ask(author, quota)
    assert approve(admin, asked, "5").headers["Location"] == "/admin/quotas/"
    asked.refresh_from_db()
    grant = Grant.objects.get()
    assert (grant.images, grant.user_id, grant.period, grant.granted_by) == (
        5,
        cast.contributor.pk,
        "month",
        cast.admin,
    )
    assert timezone.localtime(grant.ends_at).isoformat()[:16] == f"{today(3)}T00:00"
    assert (asked.state, asked.grant, asked.batch) == (RequestState.APPROVED, grant, Batch.objects.get())
    assert (Batch.objects.get().author, Hold.objects.get().images) == (cast.contributor, 2)
    assert "Approved by The admin Your 2 images went out." in asked_in(author)
    assert verbs() == ["request.made", "grant.given", "request.approved"]
    page = author.get(f"/p/spring/generations/{Generation.objects.get().pk}/").content.decode()
    steps = [step.text() for step in parse(page).find_all(".rec b")]
    assert steps[:3] == ["Asked for more at a limit", "Queued", "Held"]


def test_it_is_decided_once(author: StrictClient, admin: StrictClient, quota: Quota) -> None:
    asked = ask(author, quota)
    approve(admin, asked)
    assert approve(admin, asked).status_code == 409
    assert admin.post(f"/admin/requests/{asked.pk}/decline/").status_code == 409
    assert author.post(f"/p/spring/requests/{asked.pk}/withdraw").status_code == 409
    assert (Grant.objects.count(), Batch.objects.count()) == (1, 1)


def test_what_another_limit_still_stops_says_so_to_both_and_goes_out_later(
    author: StrictClient, admin: StrictClient, quota: Quota
) -> None:
    asked = ask(author, quota)
    team = Quota.objects.create(period="day", max_images=1)
    answer = admin.post(
        f"/admin/requests/{asked.pk}/approve/", {"amount": "10", "until": today()}, follow=True
    )
    sentence = "The team’s daily limit of 1 image leaves 1, and this makes 2."
    assert sentence in answer.content.decode()
    assert f"Approved by The admin, but not sent {sentence}" in asked_in(author)
    assert (Grant.objects.count(), Batch.objects.count(), Hold.objects.count()) == (1, 0, 0)
    again = f"/p/spring/requests/{asked.pk}/send"
    assert author.post(again, headers={"HX-Request": "true"}).status_code == 409
    Quota.objects.filter(pk=team.pk).update(max_images=9)
    assert author.post(again).status_code == 302
    assert author.post(again).status_code == 409
    assert Batch.objects.count() == 1
    assert "went out" in asked_in(author)


def test_a_no_comes_with_its_sentence_until_it_is_put_away(
    author: StrictClient, admin: StrictClient, quota: Quota
) -> None:
    asked = ask(author, quota)
    admin.post(f"/admin/requests/{asked.pk}/decline/", {"answer": "After <Friday>, please"})
    assert "Declined by The admin “After <Friday>, please”" in asked_in(author)
    copy = parse(author.get(f"{STUDIO}?request={asked.pk}").content.decode())
    assert copy.find("[name='in-prompt']").text().strip() == "A <b>fjord</b>"
    author.post(f"/p/spring/requests/{asked.pk}/put-away")
    assert asked_in(author) == ""
    assert not Grant.objects.exists()
    assert not Batch.objects.exists()


def test_what_is_withdrawn_leaves_both_pages(author: StrictClient, admin: StrictClient, quota: Quota) -> None:
    asked = ask(author, quota)
    assert "asks for 10 images" in " ".join(
        parse(admin.get("/admin/quotas/").content.decode()).text().split()
    )
    author.post(f"/p/spring/requests/{asked.pk}/withdraw")
    assert asked_in(author) == ""
    assert "Nobody asks for more right now." in admin.get("/admin/quotas/").content.decode()
    refusal = approve(admin, asked)
    assert "withdrawn" in refusal.content.decode()
    assert not Grant.objects.exists()


def test_who_may_no_longer_send_gets_nothing(
    author: StrictClient, admin: StrictClient, cast: Cast, quota: Quota
) -> None:
    asked = ask(author, quota)
    cast.project.memberships.filter(user=cast.contributor).delete()
    assert approve(admin, asked).status_code == 409
    asked.refresh_from_db()
    assert asked.is_waiting
    assert not Grant.objects.exists()


def test_others_can_neither_see_nor_touch_it(author: StrictClient, cast: Cast, quota: Quota) -> None:
    asked = ask(author, quota)
    manager = cast.client(cast.manager)
    for deed in ("withdraw", "send", "put-away"):
        assert manager.post(f"/p/spring/requests/{asked.pk}/{deed}").status_code == 404
    assert manager.get(f"{STUDIO}?request={asked.pk}").status_code == 404


def test_a_wrong_answer_of_an_admin_keeps_what_was_typed(
    author: StrictClient, admin: StrictClient, quota: Quota
) -> None:
    asked = ask(author, quota)
    answer = approve(admin, asked, "lots")
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    assert page.find(f"#request-{asked.pk} [name='amount']").attrs["value"] == "lots"
    assert "A whole number of images." in page.text()


def test_the_number_beside_limits_counts_who_waits(
    author: StrictClient, admin: StrictClient, quota: Quota
) -> None:
    def badge() -> tuple[str, bool]:
        shown = parse(admin.get("/admin/prices/").content.decode()).find("#requests-waiting")
        return shown.text().strip(), "hidden" in shown.attrs

    assert badge() == ("0 waiting", True)
    asked = ask(author, quota)
    assert badge() == ("1 waiting", False)
    assert "requests wait for your answer" in admin.get("/p/spring/").content.decode()
    assert "requests wait for your answer" not in author.get("/p/spring/").content.decode()
    approve(admin, asked)
    assert badge() == ("0 waiting", True)


def test_uploads_of_what_waits_are_kept(author: StrictClient, cast: Cast, quota: Quota) -> None:
    asked = ask(author, quota)
    upload = Upload.objects.create(
        project=cast.project, author=cast.contributor, file="uploads/aa/x.png", name="x", format="PNG",
        width=9, height=9, size_bytes=9, sha256="0" * 64,
    )  # fmt: skip
    asked.uploads.add(upload)
    assert remove_unused_uploads(timedelta(0)) == 0
    asked.uploads.clear()
    assert remove_unused_uploads(timedelta(0)) == 1


def test_admins_and_then_the_asker_are_told_by_mail(
    author: StrictClient, admin: StrictClient, cast: Cast, quota: Quota, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://studio.example"
    type(cast.contributor).objects.filter(pk=cast.contributor.pk).update(name="Ada\nBcc: x@example.com")
    asked = ask(author, quota, reason="For the call")
    send_due()
    (letter,) = mail.outbox
    assert letter.to == ["admin@example.com"]
    assert letter.subject.startswith("Ada Bcc: x@example.com asks for 10 images until")
    assert "“For the call”" in letter.body
    assert "https://studio.example/admin/quotas/" in letter.body
    assert "fjord" not in letter.body
    approve(admin, asked)
    send_due()
    send_due()
    assert [letter.to for letter in mail.outbox[1:]] == [["contributor@example.com"]]
    assert "Your images are on their way." in mail.outbox[1].body


def test_a_mail_server_that_fails_fails_nothing(
    author: StrictClient,
    admin: StrictClient,
    quota: Quota,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    asked = ask(author, quota)
    send_due()
    assert approve(admin, asked).status_code == 302
    assert "mail.sending.failed" in caplog.text
    assert "admin@example.com" not in caplog.text
