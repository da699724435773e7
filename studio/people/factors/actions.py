"""Asking two factors of the team; taking away those of somebody who lost them."""

from collections import Counter

from allauth.mfa.models import Authenticator
from django.db import transaction
from django_q.tasks import async_task

from studio.audit.actions import record
from studio.kit import crypto
from studio.kit.errors import Conflict
from studio.people.factors.queries import current_rule
from studio.people.models import SignInRule, User
from studio.people.policies import check_can_manage_people
from studio.people.sessions import end_sessions_of


class RuleChanged(Conflict):
    """Somebody else has changed of whom two factors are asked."""


@transaction.atomic
def set_rule(*, rule: SignInRule.TwoFactors, by: User, seen: str | None = None) -> None:
    """Ask two factors of nobody, of admins or of everybody, from the next request of each on.

    Raises RuleChanged when the rule is no longer the `seen` one.
    """
    check_can_manage_people(by)
    before = current_rule()
    if seen is not None and before not in (seen, rule):
        raise RuleChanged(
            f"Nothing was changed yet: somebody else has chosen “{SignInRule.TwoFactors(before).label}” meanwhile. "
            "Save once more to put yours in its place."
        )
    if rule != before:
        SignInRule.objects.update_or_create(pk=1, defaults={"two_factors": rule})
        record(verb="factor.rule_changed", by=by, details={"two_factors": [before, rule]})


@transaction.atomic
def reset_factors(*, person: User, by: User | None) -> bool:
    """Take a person's factors away and sign them out everywhere; tell whether there were any.

    For who lost phone and codes. They are told by mail, since it may be somebody else who asks for it.
    """
    if by:
        check_can_manage_people(by)
    if not Authenticator.objects.filter(user=person).delete()[0]:
        return False
    end_sessions_of(person)
    record(verb="factor.reset", subject=person, by=by)
    async_task("studio.people.mail.send_sign_in_changed", person.pk, "reset", cluster="chores")
    return True


def reencrypt_factors() -> crypto.Reencrypted:
    """Encrypt the secrets of all factors with the first key, each only if nobody has changed it meanwhile."""
    counts = Counter(
        _reencrypt(row, field)
        for row in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
        for field in ("secret", "seed")
        if field in row.data
    )
    return crypto.Reencrypted(counts["changed"], counts["same"], counts["unreadable"])


def _reencrypt(row: Authenticator, field: str) -> str:
    try:
        fresh = crypto.reencrypt(row.data[field])
    except crypto.NoEncryptionKey:
        raise
    except crypto.WrongEncryptionKey:
        return "unreadable"
    if fresh is None:
        return "same"
    with transaction.atomic():
        # Locked: a recovery code that is used meanwhile stays used.
        mine = Authenticator.objects.select_for_update().filter(pk=row.pk).first()
        if mine is None or mine.data.get(field) != row.data[field]:
            return "same"
        mine.data[field] = fresh
        mine.save(update_fields=["data"])
    return "changed"
