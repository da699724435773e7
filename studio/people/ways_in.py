"""By what somebody can sign in, besides a password."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db.models import Exists, OuterRef

from studio.people.models import User


def company_link_of(person: User) -> SocialAccount | None:
    """Return what ties a person to the company's sign-in, if there is one; one row at most."""
    if settings.COMPANY is None:
        return None
    links = SocialAccount.objects.filter(user=person, provider=settings.COMPANY.issuer)
    return links.order_by("id").first()


def comes_by_company() -> Exists:
    """Tell of each person in a query whether they are tied to the company's sign-in."""
    issuer = settings.COMPANY.issuer if settings.COMPANY else ""
    return Exists(SocialAccount.objects.filter(user=OuterRef("pk"), provider=issuer))
