"""The jobs of all projects: what needs a person, what is done about it and what it costs, and why things wait or fail."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from studio.administration.jobs.sweeping import STEP
from studio.audit.models import AuditEntry
from studio.generation import actions
from studio.generation.models import Generation, PumpLease, Status
from studio.generation.moments import note_moment
from studio.generation.signs import CHORES, ENGINE, beat_name
from studio.keys.actions import add_key, stop_key
from studio.keys.models import KeyState
from studio.kit.clock import now
from studio.kit.errors import NotAllowed
from studio.projects.actions import archive_project
from studio.spending.models import Hold, HoldState, Quota
from studio.spending.periods import Period
from studio.spending.verifying import find_differences
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.cast import Cast, confirm_password
from tests.pictures import make_batch, make_generation

JOBS = "/admin/jobs/"


def page(client: StrictClient, query: str = "") -> Element:
    return parse(client.get(f"{JOBS}{query}").content.decode())


def make_job(cast: Cast, status: Status, *, micros: int | None = 140_000, **fields: object) -> Generation:
    """A job of the contributor in the members-only project, with its hold priced."""
    batch = make_batch(cast.project, cast.contributor)
    waits = {"next_action_at": None} if status in (Status.UNKNOWN, Status.FAILED, Status.CANCELLED) else {}
    ended = {"finished_at": now()} if status in (Status.FAILED, Status.CANCELLED) else {}
    task = {"task_id": "hub-1"} if status in (Status.RUNNING, Status.UNKNOWN) else {}
    job = make_generation(batch, status=status, **{**waits, **ended, **task, **fields})
    if micros is not None:
        price(job, micros)
    return job


def price(job: Generation, micros: int) -> None:
    """Put a hold with a price in the place of the one without."""
    from studio.spending import actions as spending

    spending.release(job.hold_id, reason="test")
    job.hold = spending.hold(
        project=job.project, by=job.author, images=1, model=job.batch.model, cost_micros=micros
    )
    job.save(update_fields=["hold"])


def chosen(*jobs: Generation) -> str:
    return "&".join(f"job={job.pk}" for job in jobs)


def do(client: StrictClient, deed: str, *jobs: Generation) -> str:
    """Open the page that tells what it costs, press its button, and return what is said afterwards."""
    before = parse(client.get(f"{JOBS}{deed}/?state=unknown&{chosen(*jobs)}").content.decode())
    ids = [field.attrs["value"] for field in before.find_all("main input") if field.attrs["name"] == "job"]
    answer = client.post(f"{JOBS}{deed}/?state=unknown", {"job": ids}, follow=True)
    return parse(answer.content.decode()).text()


def fields(page: str) -> dict[str, str]:
    """Return what the form on a page would send."""
    found = parse(page).find_all("#main form input") or parse(page).find_all("#job-sweep input")
    return {field.attrs["name"]: field.attrs["value"] for field in found}


def test_what_needs_a_person_comes_first_and_is_counted_beside_the_navigation(
    admin: StrictClient, cast: Cast
) -> None:
    make_job(cast, Status.UNKNOWN, problem="The connection broke. Nobody knows.")
    make_job(cast, Status.UNKNOWN)
    make_job(cast, Status.RUNNING, submitted_at=now())
    make_job(cast, Status.QUEUED)
    make_job(cast, Status.FAILED, problem="It was blocked.", problem_code="content_policy")
    shown = page(admin)
    tiles = [tile.text() for tile in shown.find_all(".jt a")]
    assert [tile.split()[0] for tile in tiles] == ["1", "1", "2", "1"]
    assert "$0.28 held" in tiles[2]
    assert "100.0 % of 1" in tiles[3]
    headings = [heading.text() for heading in shown.find_all("#jobs h2")]
    assert headings == ["Waiting for a decision", "In flight", "Queue", "Failed today"]
    assert "The connection broke." in shown.text()
    assert parse(admin.get("/admin/people/").content.decode()).find("#jobs-to-decide").text().startswith("2")


def test_a_quiet_day_says_so(admin: StrictClient) -> None:
    shown = page(admin)
    for words in (
        "Nothing waits for a decision.",
        "Nothing is under way.",
        "Nothing waits.",
        "Nothing failed today.",
    ):
        assert words in shown.text()
    assert "hidden" in shown.find("#jobs-to-decide").attrs


@pytest.mark.parametrize(
    ("deed", "words", "status", "hold"),
    [
        ("check", "which is free. $0.28 held until it answers", Status.RUNNING, HoldState.OPEN),
        ("discard", "counts as charged: $0.28 held becomes spent", Status.FAILED, HoldState.SETTLED),
        ("not-charged", "costs nothing: $0.28 held is released", Status.FAILED, HoldState.RELEASED),
        ("send-again", "The first ones count as charged, $0.28", Status.QUEUED, HoldState.SETTLED),
    ],
)
def test_a_decision_is_told_with_its_money_and_then_done(
    admin: StrictClient, cast: Cast, deed: str, words: str, status: Status, hold: HoldState
) -> None:
    jobs = [make_job(cast, Status.UNKNOWN) for _ in range(2)]
    holds = [job.hold_id for job in jobs]
    before = parse(admin.get(f"{JOBS}{deed}/?{chosen(*jobs)}").content.decode())
    assert words in before.text()
    assert {job.status for job in Generation.objects.all()} == {Status.UNKNOWN}, "only told so far"
    assert "2 of 2 done." in do(admin, deed, *jobs)
    assert {job.status for job in Generation.objects.all()} == {status}
    assert {held.state for held in Hold.objects.filter(id__in=holds)} == {hold}
    assert AuditEntry.objects.filter(kind="images", actor=cast.admin).count() == 2
    assert find_differences() == []


def test_what_has_moved_on_meanwhile_is_left_and_said(admin: StrictClient, cast: Cast) -> None:
    jobs = [make_job(cast, Status.UNKNOWN) for _ in range(5)]
    ids = [str(job.pk) for job in jobs]
    for job in jobs[:2]:
        actions.discard(generation=job, by=cast.manager)
    told = parse(admin.get(f"{JOBS}not-charged/?{chosen(*jobs)}").content.decode()).text()
    assert "2 of the 5 chosen have moved on" in told
    answer = admin.post(f"{JOBS}not-charged/", {"job": ids}, follow=True)
    assert "Not charged: 3 of 5 done; 2 had moved on." in parse(answer.content.decode()).text()
    settled = Hold.objects.filter(id__in=[job.hold_id for job in jobs[:2]])
    assert {held.state for held in settled} == {HoldState.SETTLED}


def test_cancelling_tells_both_ends_of_it(admin: StrictClient, cast: Cast) -> None:
    queued, running = make_job(cast, Status.QUEUED), make_job(cast, Status.RUNNING)
    assert "2 of 2 done." in do(admin, "cancel", queued, running)
    queued.refresh_from_db()
    running.refresh_from_db()
    assert (queued.status, queued.hold.state) == (Status.CANCELLED, HoldState.RELEASED)
    assert (running.status, running.cancel_requested_at is not None) == (Status.RUNNING, True)
    assert "Nothing left to do" in admin.get(f"{JOBS}cancel/?{chosen(running)}").content.decode()


def test_a_retry_is_queued_once_and_a_limit_stops_it_in_words(admin: StrictClient, cast: Cast) -> None:
    job = make_job(cast, Status.FAILED, problem="It timed out.")
    do(admin, "retry", job)
    do(admin, "retry", job)
    assert Generation.objects.filter(status=Status.QUEUED, author=cast.admin).count() == 1
    Quota.objects.create(user=cast.admin, period=Period.DAY, max_images=1)
    said = do(admin, "retry", make_job(cast, Status.FAILED))
    assert "Retry: Not done; 1 refused: Your daily limit of 1 image" in said


def test_a_failure_that_was_retried_is_no_open_one_any_more(admin: StrictClient, cast: Cast) -> None:
    first, other = (make_job(cast, Status.FAILED, problem_code="timeout") for _ in range(2))
    assert "Retry: Done." in do(admin, "retry", first)
    assert page(admin).find(".jt .failed").text() == "1 Failed today 100.0 % of 2, 1 retried"
    assert page(admin).find("[aria-labelledby=causes-heading] li").text().startswith("1")
    assert [box.attrs["value"] for box in page(admin, "?state=failed").find_all("td.pick input")] == [
        str(other.pk)
    ]
    all_of_them = page(admin, "?state=failed&retried=1")
    again = Generation.objects.get(status=Status.QUEUED)
    retried = all_of_them.find(f"[href='/p/spring/generations/{again.pk}/']")
    assert retried.text() == f"Retried as generation {again.pk}"
    links = [link.attrs["href"] for link in all_of_them.find_all("td.jb a")]
    assert [f"job={first.pk}" in link for link in links] == [False], "it can't be retried again"
    before = parse(admin.get(f"{JOBS}retry/?state=failed&{chosen(first, other)}").content.decode())
    assert before.find("h1").text() == "Retry 1 job"
    answer = admin.post(f"{JOBS}retry/", {"job": [first.pk, other.pk]}, follow=True)
    assert "Retry: 1 of 2 done; 1 had moved on." in parse(answer.content.decode()).text()


def test_an_archived_project_stays_as_it_is(admin: StrictClient, cast: Cast) -> None:
    job = make_job(cast, Status.UNKNOWN)
    archive_project(project=cast.project, by=cast.admin)
    assert "refused: This project is archived" in do(admin, "discard", job)


def test_all_of_a_list_are_told_with_their_money(admin: StrictClient, cast: Cast) -> None:
    first = make_job(cast, Status.UNKNOWN, task_id="")
    for micros in (140_000, 70_000, None):
        make_job(cast, Status.UNKNOWN, micros=micros)
    make_generation(make_batch(cast.team_project, cast.contributor), status=Status.QUEUED)
    choice = page(admin, "?state=unknown").find(".jall")
    assert choice.text() == "All 4 of this list"
    told = parse(admin.get(f"{JOBS}check/?state=unknown&all=1").content.decode())
    assert told.find("h1").text() == "Check again 3 jobs"
    assert "$0.21 and 1 image without a price held until it answers" in told.text()
    assert "1 of the 4 in this list has moved on, or can’t be treated so." in told.text()
    narrowed = admin.get(
        f"{JOBS}discard/?state=unknown&project={cast.team_project.pk}&all=1"
    ).content.decode()
    assert "Nothing is chosen" in narrowed
    assert first.pk
    assert "Nothing is chosen" in admin.get(f"{JOBS}cancel/?state=queued").content.decode()
    assert "Nothing is chosen" in admin.get(f"{JOBS}cancel/?all=1").content.decode()
    assert admin.get(f"{JOBS}explode/").status_code == 404


@pytest.mark.parametrize("htmx", [True, False])
def test_many_are_done_step_by_step_and_none_that_came_later(
    admin: StrictClient, cast: Cast, htmx: bool
) -> None:
    batch = make_batch(cast.project, cast.contributor)
    jobs = [make_generation(batch, status=Status.QUEUED) for _ in range(STEP + 5)]
    address = f"{JOBS}cancel/?state=queued&project={cast.project.pk}&all=1"
    told = admin.get(address)
    assert "They are done one after the other" in parse(told.content.decode()).text()
    later = make_generation(batch, status=Status.QUEUED)
    actions.cancel(generation=jobs[1], by=cast.manager)
    archived = make_generation(make_batch(cast.team_project, cast.contributor), status=Status.QUEUED)

    headers = {"HX-Request": "true"} if htmx else {}
    answer = admin.post(address, fields(told.content.decode()), headers=headers)
    shown = parse(answer.content.decode())
    assert shown.find("#job-sweep [role=status]").text() == f"{STEP} of {STEP + 5} done"
    assert bool(shown.find("main")) is not htmx
    assert Generation.objects.filter(status=Status.CANCELLED).count() == STEP + 1
    last = admin.post(address, fields(answer.content.decode()), headers=headers)
    assert (
        last.headers["HX-Redirect" if htmx else "Location"]
        == f"{JOBS}?state=queued&project={cast.project.pk}"
    )
    said = parse(admin.get(JOBS).content.decode()).text()
    assert f"Cancel: {STEP + 4} of {STEP + 5} done; 1 had moved on." in said
    waiting = Generation.objects.filter(status=Status.QUEUED).order_by("id")
    assert [job.pk for job in waiting] == [later.pk, archived.pk]
    assert find_differences() == []


def test_a_step_passes_what_is_refused_and_says_why(admin: StrictClient, cast: Cast) -> None:
    for _ in range(STEP + 2):
        make_job(cast, Status.FAILED, micros=None)
    Quota.objects.create(user=cast.admin, period=Period.DAY, max_images=3)
    address = f"{JOBS}retry/?state=failed&all=1"
    answer = admin.post(address, fields(admin.get(address).content.decode()))
    so_far = parse(answer.content.decode()).find("[role=status]").text()
    assert so_far.startswith(f"3 of {STEP + 2} done, {STEP - 3} refused: Your daily limit of 3 images")
    admin.post(address, fields(answer.content.decode()))
    assert f"Retry: 3 of {STEP + 2} done; {STEP - 1} refused: Your" in page(admin).text()
    assert Generation.objects.filter(status=Status.QUEUED).count() == 3


def test_the_page_asks_for_its_live_parts_and_leaves_the_messages(admin: StrictClient, cast: Cast) -> None:
    job = make_job(cast, Status.UNKNOWN)
    admin.post(f"{JOBS}discard/", {"job": [job.pk]})
    live = page(admin, "?state=failed").find("page-refresh")
    assert live.attrs["hx-get"] == f"{JOBS}?state=failed"
    admin.post(f"{JOBS}discard/", {"job": [make_job(cast, Status.UNKNOWN).pk]})
    asked = parse(admin.get(live.attrs["hx-get"], headers={"HX-Request": "true"}).content.decode())
    assert len(asked.find_all("#jobs-lists td.pick")) == 2
    assert "Discard: Done." not in asked.text()
    assert "Discard: Done." in page(admin).text()


def test_only_an_admin_says_that_nothing_was_charged(cast: Cast) -> None:
    job = make_job(cast, Status.UNKNOWN)
    with pytest.raises(NotAllowed):
        actions.mark_not_charged(generation=job, by=cast.manager)
    job.refresh_from_db()
    assert job.status == Status.UNKNOWN


def test_the_page_of_a_generation_leads_an_admin_there(admin: StrictClient, cast: Cast) -> None:
    job = make_job(cast, Status.UNKNOWN)
    address, way = f"/p/spring/generations/{job.pk}/", f"{JOBS}not-charged/?state=unknown&job={job.pk}"
    links = [link.attrs["href"] for link in parse(admin.get(address).content.decode()).find_all(".ways a")]
    assert links == [way]
    assert "$0.14 held is released" in admin.get(way).content.decode()
    assert "not-charged" not in cast.client(cast.manager).get(address).content.decode()


def test_a_deed_asks_for_the_password_first(admin: StrictClient, cast: Cast) -> None:
    job = make_job(cast, Status.UNKNOWN)
    confirm_password(admin, cast.admin, seconds_ago=60 * 60)
    answer = admin.post(f"{JOBS}discard/", {"job": [job.pk]})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    job.refresh_from_db()
    assert job.status == Status.UNKNOWN


@pytest.mark.parametrize("status", [Status.QUEUED, Status.FAILED])
def test_pages_show_each_job_once(admin: StrictClient, cast: Cast, status: Status) -> None:
    batch, at = make_batch(cast.project, cast.contributor), now()
    fields = {"finished_at": at, "next_action_at": None} if status == Status.FAILED else {}
    made = [make_generation(batch, status=status, **fields).pk for _ in range(70)]
    seen: list[int] = []
    query: str | None = f"?state={status}"
    while query:
        shown = page(admin, query)
        seen += [int(box.attrs["value"]) for box in shown.find_all("td.pick input")]
        more = shown.find("[rel=next]")
        query = more.attrs["href"].removeprefix(JOBS) if more else None
    assert seen == (sorted(made, reverse=True) if status == Status.FAILED else sorted(made))


def test_failures_are_told_by_cause_which_leads_to_them(admin: StrictClient, cast: Cast) -> None:
    for code, problem in (
        ("timeout", "It timed out."),
        ("timeout", "It timed out."),
        ("", "A <b>bad</b> & odd thing."),
    ):
        make_job(cast, Status.FAILED, problem=problem, problem_code=code)
    make_job(cast, Status.FAILED, problem_code="old", finished_at=now() - timedelta(days=2))
    assert "$0.14 held" in page(admin, "?state=failed").text()
    causes = page(admin).find("[aria-labelledby=causes-heading]")
    assert [row.text().split()[0] for row in causes.find_all("li")] == ["2", "1"]
    for link, count in zip(causes.find_all("a"), (2, 1), strict=True):
        shown = parse(admin.get(link.attrs["href"]).content.decode())
        assert len(shown.find_all("td.pick")) == count
    assert len(page(admin, f"?state=failed&person={cast.viewer.pk}").find_all("td.pick")) == 0
    assert len(page(admin, "?state=failed&project=x&after=999999&cause=%00").find_all("td.pick")) == 4


def test_the_queue_says_why_it_waits(admin: StrictClient, cast: Cast) -> None:
    job = make_job(cast, Status.QUEUED)
    provider = job.batch.model.provider
    key = add_key(provider=provider, label="Hub main", secret="sk-a-long-enough-secret")
    make_job(cast, Status.QUEUED, next_action_at=now() + timedelta(minutes=1))
    reasons = page(admin).find("[aria-labelledby=queue-heading]").text()
    assert "1 Waiting for a free place" in reasons
    assert "1 Not accepted, go out again later" in reasons
    stop_key(key_id=key.pk, state=KeyState.OUT_OF_CREDIT)
    assert f"2 The account at {provider.name} is out of credit." in page(admin).text()


def test_the_lights_tell_who_lives(admin: StrictClient, cast: Cast, settings: Settings) -> None:
    settings.ENGINE_SPEED = 1
    PumpLease.objects.create(name="pump", owner="x", until=now() + timedelta(seconds=12))
    note_moment(beat_name(ENGINE), now() - timedelta(hours=1))
    note_moment(beat_name(CHORES), now())
    lights = {light.text(): light.find(".lamp").attrs["class"] for light in page(admin).find_all(".beat div")}
    (pump, pump_tone), (engine, engine_tone), (chores, chores_tone) = lights.items()
    assert re.match(r"Pump holds the line, renewed \d", pump)
    assert engine == "Engine sign of life 1 h 0 min ago"
    assert re.match(r"Thumbnails and chores sign of life \d", chores)
    assert (pump_tone, engine_tone, chores_tone) == ("lamp ok", "lamp bad", "lamp ok")


def test_a_job_that_takes_longer_than_usual_is_marked(admin: StrictClient, cast: Cast) -> None:
    batch = make_batch(cast.project, cast.contributor)
    for _ in range(3):
        make_generation(batch)
    make_generation(batch, status=Status.RUNNING, task_id="a", submitted_at=now() - timedelta(seconds=5))
    make_generation(batch, status=Status.RUNNING, task_id="b", submitted_at=now() - timedelta(minutes=5))
    bars = [bar.attrs["class"] for bar in page(admin).find_all(".agebar")]
    assert bars == ["agebar", "agebar late"]


@pytest.mark.parametrize("query", ["", "?state=queued", "?state=failed", "?state=unknown"])
def test_more_jobs_need_no_more_queries(admin: StrictClient, cast: Cast, query: str) -> None:
    def make() -> None:
        for status in (Status.UNKNOWN, Status.RUNNING, Status.QUEUED, Status.FAILED):
            make_job(cast, status)

    assert_same_queries(admin, f"{JOBS}{query}", make)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plan")
def test_what_waits_for_a_person_is_found_by_an_index(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM studio_generation WHERE status = 'unknown' "
            "AND finished_at IS NULL ORDER BY id LIMIT 51"
        )
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "generation_by_status" in plan
    assert "TEMP B-TREE" not in plan
