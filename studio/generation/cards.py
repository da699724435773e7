"""Reads what cards need beyond their own rows: once for all cards of an answer, however many there are."""

from collections.abc import Collection, Container, Iterable
from datetime import datetime

from studio.catalog.models import Provider
from studio.generation.keyring import full_reason, unreadable_among
from studio.generation.line import places_in_line
from studio.generation.links import Links
from studio.generation.models import Generation, Status
from studio.generation.policies import image_rights
from studio.generation.presenters import Around, BatchHead, BatchView, Card, batch_view, card_of, head_of
from studio.generation.queries import BatchWithGenerations, shown_images
from studio.generation.usual import usual_times_lately
from studio.keys.queries import usable_keys_or_reason
from studio.kit import clock
from studio.kit.disk import full_disk
from studio.people.models import User
from studio.projects.models import Project


def cards_for(project: Project, user: User, generations: Collection[Generation]) -> list[Card]:
    """Return the cards of these generations, as this person sees them."""
    around = _look_around(project, user, generations)
    return [card_of(generation, around) for generation in generations]


def changed_cards(
    project: Project, user: User, batches: Collection[BatchWithGenerations], ids: Container[int]
) -> tuple[list[Card], list[BatchHead]]:
    """Return the cards of those generations of these batches, and the heads of the batches, as this person sees them."""
    changed = [one for _, generations in batches for one in generations if one.pk in ids]
    around = _look_around(project, user, changed)
    heads = [head_of(batch, generations, around) for batch, generations in batches]
    return [card_of(generation, around) for generation in changed], heads


def batch_views(project: Project, user: User, batches: Collection[BatchWithGenerations]) -> list[BatchView]:
    """Return these batches as this person's feed shows them."""
    around = _look_around(project, user, [one for _, generations in batches for one in generations])
    return [batch_view(batch, generations, around) for batch, generations in batches]


def _look_around(project: Project, user: User, generations: Collection[Generation]) -> Around:
    pending = [generation for generation in generations if generation.is_pending]
    queued = [generation for generation in pending if generation.status == Status.QUEUED]
    providers = {generation.batch.model.provider_id: generation.batch.model.provider for generation in queued}
    images, starred = shown_images(generations, user)
    stuck, full = _reasons(providers.values(), clock.now())
    return Around(
        reader_id=user.pk,
        rights=image_rights(project, user),
        links=Links(project.slug),
        images=images,
        starred=starred,
        places=places_in_line(queued, clock.now()),
        waiting_reasons=stuck,
        full_reasons=full,
        unreadable=unreadable_among(pending),
        is_disk_full=full_disk() is not None,
        usual=usual_times_lately({(generation.model_id, generation.pace) for generation in pending}),
    )


def _reasons(providers: Iterable[Provider], now: datetime) -> tuple[dict[int, str], dict[int, str]]:
    """Return by provider why nothing goes out to it, and why even the next in line has to wait a moment."""
    stuck, full = {}, {}
    for provider in providers:
        keys, reason = usable_keys_or_reason(provider, now)
        if reason:
            stuck[provider.pk] = reason
        elif reason := full_reason(provider, keys, now):
            full[provider.pk] = reason
    return stuck, full
