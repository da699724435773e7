"""Which news a person gets by mail, besides the bell. The kinds are those of the room `notifying`."""

from collections.abc import Collection

from django.db import transaction

from studio.people.models import User

# The rest is on the page that they look at, or comes many times a day.
MAILED_BY_DEFAULT = frozenset({"asked", "granted", "declined", "invited", "role_changed"})


def wants_mail(person: User, kind: str) -> bool:
    """Tell whether news of this kind goes to a person by mail, too."""
    chosen: bool = person.mail_choices.get(kind, kind in MAILED_BY_DEFAULT)
    return person.is_active and chosen


@transaction.atomic
def choose_mail(*, kinds: Collection[str], of: Collection[str], by: User) -> None:
    """Have these kinds of news, of those that can be chosen, sent by mail, and no others."""
    by.mail_choices = {kind: kind in kinds for kind in of}
    by.save(update_fields=["mail_choices"])
