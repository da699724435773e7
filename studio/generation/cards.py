"""Reads what cards need beyond their own rows: once for all cards of an answer, however many there are."""

from collections.abc import Collection, Iterable

from studio.catalog.models import Provider
from studio.generation.line import places_in_line
from studio.generation.links import Links
from studio.generation.models import Generation, Status
from studio.generation.policies import image_rights
from studio.generation.presenters import Around, BatchView, Card, batch_view, card_of
from studio.generation.queries import BatchWithGenerations, shown_images
from studio.generation.usual import usual_times_lately
from studio.keys.queries import waiting_reason
from studio.kit import clock
from studio.people.models import User
from studio.projects.models import Project


def cards_for(project: Project, user: User, generations: Collection[Generation]) -> list[Card]:
    """Return the cards of these generations, as this person sees them."""
    around = _look_around(project, user, generations)
    return [card_of(generation, around) for generation in generations]


def batch_views(project: Project, user: User, batches: Collection[BatchWithGenerations]) -> list[BatchView]:
    """Return these batches as this person's feed shows them."""
    around = _look_around(project, user, [one for _, generations in batches for one in generations])
    return [batch_view(batch, generations, around) for batch, generations in batches]


def _look_around(project: Project, user: User, generations: Collection[Generation]) -> Around:
    pending = [generation for generation in generations if generation.is_pending]
    queued = [generation for generation in pending if generation.status == Status.QUEUED]
    providers = {generation.batch.model.provider_id: generation.batch.model.provider for generation in queued}
    images, starred = shown_images(generations, user)
    return Around(
        reader_id=user.pk,
        rights=image_rights(project, user),
        links=Links(project.slug),
        images=images,
        starred=starred,
        places=places_in_line(queued, clock.now()),
        waiting_reasons=_reasons(providers.values()),
        usual=usual_times_lately({(generation.model_id, generation.pace) for generation in pending}),
    )


def _reasons(providers: Iterable[Provider]) -> dict[int, str]:
    reasons = {provider.pk: waiting_reason(provider) for provider in providers}
    return {provider_id: reason for provider_id, reason in reasons.items() if reason}
