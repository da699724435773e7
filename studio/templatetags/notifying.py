"""What the bell in the header needs."""

from django import template

from studio.notifying.queries import unread_lately
from studio.people.requests import SignedInRequest

register = template.Library()


@register.simple_tag(takes_context=True)
def unread(context: template.Context) -> str:
    """Return how many notifications the reader hasn't read; empty for none."""
    request: SignedInRequest = context["request"]
    return unread_lately(request.user)
