"""The page of one generation."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.catalog.queries import describe
from studio.generation.cards import cards_for
from studio.generation.policies import can_see_keys
from studio.generation.queries import find_generation, timeline_of
from studio.generation.receipt import receipt_of
from studio.generation.usual import usual_time_lately
from studio.kit import clock
from studio.live.queries import current_cursor
from studio.people.requests import SignedInRequest
from studio.projects.policies import can_generate
from studio.projects.queries import find_project


@require_safe
def detail(request: SignedInRequest, slug: str, generation_id: int) -> HttpResponse:
    """Show what became of one generation, step by step, and what can be done about it."""
    project = find_project(slug, request.user)
    cursor, now = current_cursor(), clock.now()
    generation = find_generation(project, generation_id)
    card = cards_for(project, request.user, [generation])[0]
    context = {
        "project": project,
        "generation": generation,
        "card": card,
        "columns": min(card.place_count, 2),
        "parameters": describe(generation.batch.model, generation.batch.input),
        "receipt": receipt_of(
            generation, timeline_of(generation), now, shows_keys=can_see_keys(request.user)
        ),
        "now_title": card.title if generation.is_pending else "",
        "usual": usual_time_lately(generation.model_id, generation.pace),
        "may_generate": can_generate(project, request.user),
        "now": now,
        "cursor": cursor,
    }
    return render(request, "generation/detail.html", context)
