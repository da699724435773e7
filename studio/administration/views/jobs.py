"""All jobs: what needs a person first, and what is done about them, one by one or many at once."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from studio.administration.jobs.deeds import DEEDS, MOST_AT_ONCE, Deed, Result, do, held_words
from studio.administration.jobs.figures import failure_causes, queue_reasons, tiles
from studio.administration.jobs.filters import (
    HEADINGS,
    STATUSES,
    Filters,
    State,
    jobs_in,
    page_after,
)
from studio.administration.jobs.rows import rows_of, with_names
from studio.administration.jobs.sweeping import STEP, Sweep, step, tell
from studio.administration.jobs.workers import lamps
from studio.administration.reauthentication import recently_signed_in
from studio.generation.models import Generation
from studio.kit import clock
from studio.kit.parameters import read_id
from studio.people.models import User
from studio.people.policies import check_can_manage_people
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project

PAGE_SIZE = 50
IN_OVERVIEW = 10
NAMED_BEFORE = 8


@require_safe
@vary_on_headers("HX-Request")
def jobs(request: HtmxRequest) -> HttpResponse:
    """Show an overview, or with `state` one list, narrowed down by the address, a page after the job `after`."""
    check_can_manage_people(request.user)
    filters = Filters.read(request.GET)
    context = {
        "filters": filters,
        "tiles": tiles(),
        "lamps": lamps(),
        "lists": [],
        "read_at": clock.now(),
        "address": request.get_full_path(),
        **(_one_list(request, filters) if filters.state else _overview()),
    }
    if request.htmx:
        # The page asks for its own live parts; what there is to say waits for a page that says it.
        context["messages"] = ()
    return render(request, "administration/jobs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in
def act(request: HtmxRequest, deed: str) -> HttpResponse:
    """Say what a deed would do to the chosen jobs (`job`, or with `all` those of a list); POST does it."""
    check_can_manage_people(request.user)
    if deed not in DEEDS:
        raise Http404("There is no such deed.")
    chosen, filters = DEEDS[deed], Filters.read(request.GET)
    back = f"{reverse('administration:jobs')}?{filters.query}"
    if request.method != "POST":
        before = _before_all if request.GET.get("all") else _before
        return render(
            request, "administration/job_act.html", before(request, chosen, filters) | {"back": back}
        )
    if "all" in request.POST:
        return _sweep(request, chosen, filters, back)
    return _say(request, chosen, do(chosen, _ids(request.POST.getlist("job")), by=request.user), back)


def _sweep(request: HtmxRequest, deed: Deed, filters: Filters, back: str) -> HttpResponse:
    """Do the next step of all; the answer goes on by itself, or by its button where there is no script."""
    sweep = step(deed, filters, Sweep.read(request.POST), by=request.user)
    if sweep.is_over:
        return _say(request, deed, sweep.result, back)
    template = "administration/job_act.html#job-sweep" if request.htmx else "administration/job_act.html"
    return render(request, template, {"deed": deed, "sweep": sweep, "back": back})


def _say(request: HtmxRequest, deed: Deed, result: Result, back: str) -> HttpResponse:
    tell_them = messages.success if result.done else messages.error
    tell_them(request, f"{deed.label}: {result.sentence}")
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


def _overview() -> dict[str, object]:
    return {
        "lists": [_list(state, IN_OVERVIEW) for state in (State.UNKNOWN, State.FLIGHT)],
        "reasons": queue_reasons(),
        "causes": failure_causes(),
    }


def _list(state: State, size: int) -> dict[str, object]:
    filters = Filters(state)
    found = page_after(with_names(jobs_in(filters)), filters, None, size)
    return _shown(filters, found, size)


def _one_list(request: SignedInRequest, filters: Filters) -> dict[str, object]:
    after = read_id(request.GET.get("after"))
    found = page_after(with_names(jobs_in(filters)), filters, after, PAGE_SIZE)
    return {
        "lists": [_shown(filters, found, PAGE_SIZE)],
        "after": after,
        "people": User.objects.order_by("name", "email", "id"),
        "projects": Project.objects.order_by("name", "id"),
    }


def _shown(filters: Filters, found: Sequence[Generation], size: int) -> dict[str, object]:
    assert filters.state
    rows = rows_of(found[:size])
    return {
        "filters": filters,
        "heading": HEADINGS[filters.state],
        "rows": rows,
        "deeds": [each for each in DEEDS.values() if set(each.statuses) & set(STATUSES[filters.state])],
        "more": rows[-1].generation.pk if len(found) > size else None,
        "total": jobs_in(filters).count(),
    }


def _before(request: HtmxRequest, deed: Deed, filters: Filters) -> dict[str, object]:
    """Return what the page says before a deed is done to the chosen jobs."""
    asked = _ids(request.GET.getlist("job"))
    chosen = Generation.objects.filter(id__in=asked).order_by("id")
    fitting = [job for job in with_names(chosen) if deed.fits(job)]
    return {
        "deed": deed,
        "rows": rows_of(fitting[:NAMED_BEFORE]),
        "chosen": fitting,
        "count": len(fitting),
        "unnamed": len(fitting) - NAMED_BEFORE,
        "total": len(asked),
        "left_out": len(asked) - len(fitting),
        "consequence": deed.consequence(held_words(fitting)),
    }


def _before_all(request: HtmxRequest, deed: Deed, filters: Filters) -> dict[str, object]:
    """Return what it says before a deed is done to all jobs of a list."""
    told, listed = tell(deed, filters), jobs_in(filters)
    total = listed.count()
    return {
        "deed": deed,
        "rows": rows_of(with_names(deed.fitting(listed).order_by("id"))[:NAMED_BEFORE]),
        "told": told,
        "steps": told.total > STEP,
        "count": told.total,
        "unnamed": told.total - NAMED_BEFORE,
        "total": total,
        "left_out": max(0, total - told.total),
        "consequence": deed.consequence(told.held),
    }


def _ids(texts: Sequence[str]) -> list[int]:
    found = (read_id(text) for text in texts[:MOST_AT_ONCE])
    return list(dict.fromkeys(each for each in found if each))
