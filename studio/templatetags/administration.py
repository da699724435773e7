"""How many things wait for an admin: what the navigation and the account menu say."""

from django import template

from studio.administration.key_troubles import key_troubles
from studio.catalog.models import Proposal
from studio.generation.queries import count_undecided, count_waiting_lately, waiting_requests

register = template.Library()


register.simple_tag(key_troubles)


@register.simple_tag
def count_proposals() -> int:
    """Return about how many models a provider says what nobody has decided about."""
    return Proposal.objects.open().count()


@register.simple_tag
def count_jobs_to_decide() -> int:
    """Return how many generations wait for a person's decision."""
    return count_undecided()


@register.simple_tag
def requests_waiting() -> int:
    """Return how many requests for more wait for an answer."""
    return waiting_requests().count()


@register.simple_tag
def requests_waiting_lately() -> int:
    """Return the same as it was a moment ago, for the menu of every page."""
    return count_waiting_lately()
