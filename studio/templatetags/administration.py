"""What the navigation of the admins says beside its entries."""

from django import template

from studio.catalog.models import Proposal
from studio.generation.queries import count_undecided
from studio.keys.queries import keys_to_mend

register = template.Library()


@register.simple_tag
def count_keys_to_mend() -> int:
    """Return how many keys wait for a person."""
    return len(keys_to_mend())


@register.simple_tag
def count_proposals() -> int:
    """Return about how many models a provider says what nobody has decided about."""
    return Proposal.objects.open().count()


@register.simple_tag
def count_jobs_to_decide() -> int:
    """Return how many generations wait for a person's decision."""
    return count_undecided()
