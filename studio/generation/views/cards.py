"""The cards of generations, and what people do to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from studio.generation import actions
from studio.generation.cards import batch_views, changed_cards
from studio.generation.failures import failures_of, offer_of
from studio.generation.feed import Feed, batches_in
from studio.generation.meter import meter_now
from studio.generation.models import Batch, Generation
from studio.generation.presenters import BatchView
from studio.generation.queries import batches_of, find_batch, find_generation
from studio.kit.errors import Conflict, Invalid
from studio.kit.parameters import read_id
from studio.people.models import User
from studio.people.requests import HtmxRequest
from studio.projects.models import Project
from studio.projects.queries import find_project
from studio.spending.limits import OverLimit

# As many as an open page asks for at once.
MOST_CARDS = 100


class Deed(Protocol):
    """Something that a person does to one generation."""

    def __call__(self, *, generation: Generation, by: User) -> object: ...


@require_safe
def cards(request: HtmxRequest, slug: str) -> HttpResponse:
    """Answer with the cards of `ids`; those of `new` come with their whole batch, which the page lacks.

    `show` says which feed the page shows: what doesn't belong in there isn't new to it.
    """
    project = find_project(slug, request.user)
    feed = batches_in(Feed.read(request.GET.get("show")), project, request.user)
    batches = batches_of(feed, _ids(request.GET.get("new", "")))
    shown = {generation.pk for _, generations in batches for generation in generations}
    ids = {each for each in _ids(request.GET.get("ids", "")) if each not in shown}
    changed = batches_of(project.batches.all(), ids)
    changed_ones, heads = changed_cards(project, request.user, changed, ids)
    context = {
        "project": project,
        "cards": changed_ones,
        "heads": heads,
        "views": batch_views(project, request.user, batches),
        "meter": meter_now(project, request.user),
    }
    return render(request, "generation/_cards.html", context)


@require_POST
def cancel(request: HtmxRequest, slug: str, generation_id: int) -> HttpResponse:
    """Cancel it; with `unsent`, only while that is free, as the page has said."""
    only_unsent = "unsent" in request.POST
    return _do(request, slug, generation_id, partial(actions.cancel, only_unsent=only_unsent))


@require_POST
def check(request: HtmxRequest, slug: str, generation_id: int) -> HttpResponse:
    return _do(request, slug, generation_id, actions.check_again)


@require_POST
def send_again(request: HtmxRequest, slug: str, generation_id: int) -> HttpResponse:
    return _do(request, slug, generation_id, actions.send_again)


@require_POST
def discard(request: HtmxRequest, slug: str, generation_id: int) -> HttpResponse:
    return _do(request, slug, generation_id, actions.discard)


@require_POST
def retry(request: HtmxRequest, slug: str, generation_id: int) -> HttpResponse:
    """Queue the same input once more; the new batch comes beside the card."""
    project = find_project(slug, request.user)
    generation = find_generation(project, generation_id)
    with _beside_the_card():
        batch = actions.retry(generation=generation, by=request.user)
    if not request.htmx:
        return redirect("generation:studio", project.slug)
    return _card(request, project, generation_id, {"views": _view_of(batch, request.user)})


@require_POST
def retry_failed(request: HtmxRequest, slug: str, batch_id: int) -> HttpResponse:
    """Queue all that failed of a batch once more; the new batch comes with the head and the cards of the old one.

    Where the limits have no room for all, those that fit are offered; `up_to` takes the offer.
    """
    project = find_project(slug, request.user)
    batch = find_batch(project, batch_id)
    up_to = read_id(request.POST.get("up_to"))
    with _beside_the_card():
        try:
            fresh = actions.retry_failed(batch=batch, by=request.user, up_to=up_to)
        except OverLimit as refusal:
            return _offer(request, project, batch, refusal)
    if not request.htmx:
        return redirect("generation:studio", project.slug)
    ids = _ids_of(batch)
    shown, [head] = changed_cards(project, request.user, batches_of(project.batches.all(), ids), ids)
    context = {
        "project": project,
        "cards": [card for card in shown if card.look == "failed"],
        "head": head,
        "views": _view_of(fresh, request.user),
        "meter": meter_now(project, request.user),
    }
    return render(request, "generation/_failed_after.html", context)


@contextmanager
def _beside_the_card() -> Iterator[None]:
    """Refuse what can't be used with a toast: as a 422 the sentence would take the place of the card."""
    try:
        yield
    except Invalid as refusal:
        raise Conflict(refusal.sentence) from refusal


def _offer(request: HtmxRequest, project: Project, batch: Batch, refusal: OverLimit) -> HttpResponse:
    offer = offer_of(batch, refusal)
    if not request.htmx or not offer.fits:
        raise Conflict(offer.sentence) from refusal
    [(_, generations)] = batches_of(project.batches.all(), _ids_of(batch))
    failures = replace(failures_of(batch.pk, generations, may_act=True), offer=offer)
    context = {"project": project, "failures": failures}
    return render(request, "generation/_batch_failures.html", context, status=422)


def _view_of(batch: Batch, user: User) -> list[BatchView]:
    return batch_views(batch.project, user, batches_of(batch.project.batches.all(), _ids_of(batch)))


def _ids_of(batch: Batch) -> list[int]:
    return list(batch.generations.order_by("id").values_list("id", flat=True))


def _do(request: HtmxRequest, slug: str, generation_id: int, deed: Deed) -> HttpResponse:
    """Do it, and answer with the card as it is now."""
    project = find_project(slug, request.user)
    generation = find_generation(project, generation_id)
    with _beside_the_card():
        deed(generation=generation, by=request.user)
    if request.htmx:
        return _card(request, project, generation_id, {})
    if request.POST.get("back") == "detail":
        return redirect("generation:detail", project.slug, generation_id)
    return redirect("generation:studio", project.slug)


def _card(
    request: HtmxRequest, project: Project, generation_id: int, extra: dict[str, object]
) -> HttpResponse:
    changed = batches_of(project.batches.all(), [generation_id])
    [card], [head] = changed_cards(project, request.user, changed, [generation_id])
    context = {
        "project": project,
        "card": card,
        "head": head,
        "meter": meter_now(project, request.user),
        **extra,
    }
    return render(request, "generation/_card_after.html", context)


def _ids(text: str) -> list[int]:
    """Read "7,8,9"; what is no id is left out."""
    found = [read_id(part) for part in text.split(",", MOST_CARDS)[:MOST_CARDS]]
    return [each for each in found if each]
