"""Reading who has which factors, and what the rule asks."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import BooleanField, CharField, F, Func
from django.db.models.expressions import Combinable, RawSQL

from studio.people.models import SignInRule, User

# What can be asked for after a password. Recovery codes only stand in for one of these.
SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_ADMINS, _EVERYBODY = SignInRule.TwoFactors.ADMINS, SignInRule.TwoFactors.EVERYBODY
# Asked with every page: built from querysets they took longer than they take to ask.
_RULE = f"(SELECT two_factors FROM {SignInRule._meta.db_table})"  # noqa: S608  the name of our own table
_HAS_SECOND = f"""EXISTS (
    SELECT 1 FROM {Authenticator._meta.db_table} factor
    WHERE factor.user_id = %(expressions)s AND factor.type IN ({", ".join(f"'{kind}'" for kind in SECOND)})
)"""  # noqa: S608  the names of allauth's table and kinds


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """All that somebody can show besides the password. `codes_left` is None where there are no recovery codes."""

    app_added_at: datetime | None
    passkeys: list[Passkey]
    codes_left: int | None
    codes_were_shown: bool


def factors_of(person: User) -> Factors:
    """Return what a person has. Raises WrongEncryptionKey where the recovery codes can't be read."""
    app, codes, were_shown, passkeys = None, None, False, []
    for row in Authenticator.objects.filter(user=person).order_by("id"):
        if row.type == Authenticator.Type.TOTP:
            app = row.created_at
        elif row.type == Authenticator.Type.RECOVERY_CODES:
            kept = row.wrap()
            codes, were_shown = len(kept.get_unused_codes()), kept.did_view
        else:
            passkeys.append(Passkey(row.pk, row.wrap().name, row.created_at, row.last_used_at))
    return Factors(app, passkeys, codes, were_shown)


def current_rule() -> str:
    """Return of whom two factors are asked, as `SignInRule.TwoFactors`."""
    stored = SignInRule.objects.values_list("two_factors", flat=True).first()
    return stored or SignInRule.TwoFactors.NOBODY


def known_at_request() -> dict[str, Combinable]:
    """Return the annotations that the person of a request carries, so that no page has to ask again."""
    return {
        "two_factor_rule": RawSQL(_RULE, [], CharField()),  # noqa: S611  a constant
        "has_second_factor": Func(F("pk"), template=_HAS_SECOND, output_field=BooleanField()),
    }


def is_asked_of(rule: str | None, person: User) -> bool:
    """Tell whether a rule asks two factors of somebody."""
    return rule == _EVERYBODY or (rule == _ADMINS and person.is_admin)


def owes_second_factor(person: User) -> bool:
    """Tell whether the person of a request must set up a second factor before anything else."""
    return is_asked_of(person.two_factor_rule, person) and not person.has_second_factor
