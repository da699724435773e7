"""Which provider is set, and who of us is who there."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import Http404

from project.company import Company
from studio.company.provider import Identity


def the_company() -> Company:
    """Return the provider that is set. Raises Http404 where none is: then nothing of this exists."""
    company: Company | None = settings.COMPANY
    if company is None:
        raise Http404
    return company


def find_link(identity: Identity) -> SocialAccount | None:
    """Return what ties somebody of us to this identity: the issuer's word for them, which it never gives again."""
    known = SocialAccount.objects.select_related("user")
    return known.filter(provider=identity.issuer, uid=identity.subject).first()
