"""The company's sign-in on pages that don't know of it."""

from django import template
from django.conf import settings

from project.company import Company
from studio.people.ways_in import company_link_of

register = template.Library()

register.simple_tag(company_link_of)


@register.simple_tag
def the_company() -> Company | None:
    """Return the provider that is set, if one is."""
    company: Company | None = settings.COMPANY
    return company
