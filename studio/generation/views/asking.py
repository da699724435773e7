"""Asking for more at a limit, and what becomes of it in the studio of the one who asked."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from studio.catalog.validation import InvalidInput
from studio.generation import asking
from studio.generation.asking import Wish
from studio.generation.composer import composer_after
from studio.generation.queries import find_request, requests_in
from studio.generation.views.studio import read_press, unsent
from studio.kit.errors import Conflict, Invalid, StudioError
from studio.kit.pace import check_pace
from studio.kit.parameters import read_day, read_id
from studio.people.requests import HtmxRequest
from studio.projects.models import Project
from studio.projects.queries import find_project
from studio.spending.limits import Unit
from studio.spending.offers import read_amount

Sent = Mapping[str, str]


@require_POST
def ask(request: HtmxRequest, slug: str) -> HttpResponse:
    """Keep the press of the form that was sent, and ask for what goes with it: `quota`, `unit`, `amount`, `until`."""
    check_pace("press", request.user.pk)
    project = find_project(slug, request.user)
    composer = read_press(request, project)
    if isinstance(composer, HttpResponse):
        return composer
    given = composer.form.to_input()
    try:
        wish = read_wish(request.POST)
        asking.ask_for_more(
            project=project,
            by=request.user,
            model=composer.model,
            input=given,
            calls=composer.form.calls,
            press=composer.press,
            wish=wish,
        )
    except StudioError as refusal:
        if request.htmx and not isinstance(refusal, InvalidInput):
            # What is wrong is the question: it stays, with all that was typed, beside a toast.
            raise Conflict(refusal.sentence) from refusal
        return unsent(request, project, composer, refusal)
    if not request.htmx:
        return redirect("generation:studio", project.slug)
    context = {
        "project": project,
        "composer": composer_after(composer, given),
        "requests": requests_in(project, request.user),
    }
    return render(request, "generation/_asked.html", context)


def read_wish(sent: Sent) -> Wish:
    """Read what is asked for; what was typed counts more than what was chosen. Raises Invalid with a sentence."""
    unit, quota_id = sent.get("unit", ""), read_id(sent.get("quota"))
    if unit not in Unit.values or quota_id is None:
        raise Invalid("This question is out of date. Press Generate again.")
    ends_on = read_day(sent.get("other_until") or sent.get("until"))
    if ends_on is None:
        raise Invalid("Say until which day.")
    try:
        amount = read_amount(unit, sent.get("other_amount", "").strip() or sent.get("amount", ""))
    except ValueError as error:
        raise Invalid(str(error)) from None
    return Wish(quota_id, Unit(unit), amount, ends_on, sent.get("reason", ""))


@require_safe
def requests(request: HtmxRequest, slug: str) -> HttpResponse:
    """Answer with what the person has asked for here: the studio asks when it hears that something changed."""
    return _requests(request, find_project(slug, request.user))


@require_POST
def withdraw(request: HtmxRequest, slug: str, request_id: int) -> HttpResponse:
    return _do(request, slug, request_id, asking.withdraw)


@require_POST
def send(request: HtmxRequest, slug: str, request_id: int) -> HttpResponse:
    """Send an approved press that something had stopped; its cards come by the live feed."""
    return _do(request, slug, request_id, asking.send_waiting)


@require_POST
def put_away(request: HtmxRequest, slug: str, request_id: int) -> HttpResponse:
    return _do(request, slug, request_id, asking.put_away)


def _do(request: HtmxRequest, slug: str, request_id: int, deed: Callable[..., Any]) -> HttpResponse:
    project = find_project(slug, request.user)
    deed(request=find_request(project, request.user, request_id), by=request.user)
    if not request.htmx:
        return redirect("generation:studio", project.slug)
    return _requests(request, project)


def _requests(request: HtmxRequest, project: Project) -> HttpResponse:
    context = {"project": project, "requests": requests_in(project, request.user)}
    return render(request, "generation/_requests.html", context)
