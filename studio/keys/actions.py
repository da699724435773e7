"""Keys are added, limited, paused, rotated and deleted by admins, and stopped or rested as the provider says."""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from studio.audit.actions import record
from studio.catalog.models import Provider
from studio.keys.models import LONGEST_REST, ROTATED_OUT, ApiKey, KeyState
from studio.kit import clock
from studio.kit.crypto import (
    Reencrypted,
    WrongEncryptionKey,
    decrypt,
    encrypt,
    reencrypt_rows,
)
from studio.kit.errors import Conflict, Invalid
from studio.kit.wire import JsonObject
from studio.people.models import User

logger = logging.getLogger(__name__)

MIN_SECRET_LENGTH, MAX_SECRET_LENGTH = 8, 500
MOST_AT_ONCE, LOWEST_PRIORITY = 100_000, 1000
SANDBOX_SECRET = "sandbox"  # noqa: S105 - the sandbox takes any
SANDBOX_REST = timedelta(seconds=30)


class UnusableKey(Invalid):
    """What was given can't be an API key."""


class KeyExists(Conflict):
    """The provider has this very key already."""


class RotatedOut(Conflict):
    """Another key has taken this one's place."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent with a key at once and in a minute (None: any number), and when its turn is (1: first)."""

    max_in_flight: int = 500
    max_submitting: int = 32
    max_per_minute: int | None = None
    priority: int = 5

    @property
    def mark(self) -> str:
        """Tell these limits from others, for who looks at them before setting others."""
        return f"{self.max_in_flight}-{self.max_submitting}-{self.max_per_minute or 'any'}-{self.priority}"


def add_key(
    *, provider: Provider, label: str, secret: str, limits: Limits | None = None, by: User | None = None
) -> ApiKey:
    """Store a provider's API key, encrypted. Raises UnusableKey or KeyExists."""
    secret, label = check_secret(secret), _checked_label(label)
    if secret in label:
        raise UnusableKey("The label holds the API key itself, and labels are shown. Give it a name.")
    try:
        with transaction.atomic():
            key = _create(provider, label, secret, by=by, **asdict(limits or Limits()))
            record(verb="key.added", subject=key, by=by)
    except IntegrityError:
        raise _exists(provider, secret) from None
    logger.info("keys.key.added key=%s provider=%s", key.pk, provider.slug)
    return key


def stop_key(*, key_id: int, state: KeyState) -> bool:
    """Stop an active key until an admin acts; False when it was stopped already.

    The sandbox's key only rests a while: nobody could top it up, and its refusals are rehearsals.
    """
    rested = ApiKey.objects.filter(pk=key_id, is_sandbox=True)
    if rested.update(resting_until=clock.now() + SANDBOX_REST):
        return True
    with transaction.atomic():
        if not _turn(ApiKey.objects.filter(pk=key_id, state=KeyState.ACTIVE), state, by=None):
            return False
        record(verb="key.stopped", subject=ApiKey(pk=key_id), by=None, details={"state": str(state)})
    logger.warning("keys.key.stopped key=%s state=%s", key_id, state)
    return True


def pause_key(*, key_id: int, by: User | None) -> bool:
    """Send nothing more with an active key; what is under way goes on. False when it isn't active."""
    with transaction.atomic():
        active = ApiKey.objects.present().filter(pk=key_id, state=KeyState.ACTIVE)
        if not _turn(active, KeyState.PAUSED, by=by):
            return False
        record(verb="key.paused", subject=ApiKey(pk=key_id), by=by)
    logger.info("keys.key.paused key=%s", key_id)
    return True


def resume_key(*, key_id: int, by: User | None = None, seen: str | None = None) -> bool:
    """Let a paused, stopped or resting key be used again.

    False when there is no such key, it was rotated out, or its state is no longer the `seen` one.
    """
    with transaction.atomic():
        own = ApiKey.objects.present().filter(pk=key_id, is_sandbox=False).exclude(state__in=ROTATED_OUT)
        if seen is not None:
            # Only what is a state is asked for: a page may send anything, which PostgreSQL doesn't always take.
            own = own.filter(state__in=[each for each in KeyState if each == seen])
        if not _turn(own, KeyState.ACTIVE, by=by, resting_until=None):
            return False
        record(verb="key.resumed", subject=ApiKey(pk=key_id), by=by)
    logger.info("keys.key.resumed key=%s", key_id)
    return True


def change_limits(*, key: ApiKey, limits: Limits, by: User | None, seen: str | None = None) -> ApiKey:
    """Set what may be sent with a key, and when its turn is.

    Raises RotatedOut where another key has it by now, and Conflict where the limits are no longer the `seen` ones.
    """
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",)).select_related("provider").get(pk=key.pk)
        if key.is_rotated_out:
            raise RotatedOut("This key was rotated out: change the limits of the one that took its place.")
        before, after = asdict(limits_of(key)), asdict(limits)
        if seen is not None and before != after and limits_of(key).mark != seen:
            raise Conflict(
                f"Nothing was changed yet: somebody else has set {_told(limits_of(key))} meanwhile. "
                "Press once more to put yours in their place."
            )
        for name, value in after.items():
            setattr(key, name, value)
        key.save(update_fields=list(after))
        changes: JsonObject = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        if changes:
            record(verb="key.limits_changed", subject=key, by=by, details=changes)
    return key


def _told(limits: Limits) -> str:
    """Write limits in the order of their form."""
    minute = "any number" if limits.max_per_minute is None else f"{limits.max_per_minute:,}"
    return (
        f"{limits.max_in_flight:,} in flight, {limits.max_submitting:,} at once, {minute} a minute "
        f"and priority {limits.priority:,}"
    )


def rotate_key(*, key: ApiKey, secret: str, by: User | None) -> ApiKey:
    """Put a new key in the place of this one, which takes no new submission from now on; return the new one.

    Raises UnusableKey, KeyExists or RotatedOut.
    """
    secret = check_secret(secret)
    try:
        with transaction.atomic():
            present = ApiKey.objects.present().filter(pk=key.pk, is_sandbox=False)
            if not _turn(present.exclude(state__in=ROTATED_OUT), KeyState.RETIRING, by=by):
                raise RotatedOut(
                    "Somebody else has rotated this key meanwhile, so nothing was changed. Open the page anew to see."
                )
            # As they are now: trying the new secret may have taken a while.
            limits = limits_of(ApiKey.objects.get(pk=key.pk))
            fresh = _create(key.provider, key.label, secret, by=by, **asdict(limits))
            record(verb="key.rotated", subject=key, by=by, details={"new_key": fresh.pk})
    except IntegrityError:
        raise _exists(key.provider, secret) from None
    logger.info("keys.key.rotated key=%s new_key=%s", key.pk, fresh.pk)
    return fresh


def retire_key(*, key_id: int, by: User | None = None) -> bool:
    """End a key that was rotated out; False when it is not retiring. By itself once nothing needs it any more."""
    with transaction.atomic():
        if not _turn(ApiKey.objects.filter(pk=key_id, state=KeyState.RETIRING), KeyState.RETIRED, by=by):
            return False
        record(verb="key.retired", subject=ApiKey(pk=key_id), by=by)
    logger.info("keys.key.retired key=%s", key_id)
    return True


def delete_key(*, key: ApiKey, by: User | None) -> None:
    """Erase the secret and show the key no more; its row stays for the records. Ask first who needs it."""
    with transaction.atomic():
        key.secret_encrypted, key.deleted_at = "", clock.now()
        key.save(update_fields=["secret_encrypted", "deleted_at"])
        record(verb="key.deleted", subject=key, by=by)
    logger.info("keys.key.deleted key=%s", key.pk)


def mark_used(key_ids: Collection[int], at: datetime) -> None:
    """Write down that something was sent with these keys."""
    if key_ids:
        ApiKey.objects.filter(pk__in=key_ids).update(last_used_at=at)


def rest_key(*, key_id: int, until: datetime) -> bool:
    """Use the key no more until then. A rest is only made longer: False when it rests that long already."""
    shorter = (
        Q(resting_until__isnull=True) | Q(resting_until__lt=until) | Q(resting_until__gt=until + LONGEST_REST)
    )
    return bool(ApiKey.objects.filter(shorter, pk=key_id).update(resting_until=until))


def ensure_encryption_key() -> bool:
    """Generate the encryption key of a new installation; False when there is none and can't be a new one.

    While keys are stored that were encrypted with a lost one, a new one would hide that it is lost.
    """
    if settings.ENCRYPTION_KEYS or settings.ENCRYPTION_KEYS_FILE.exists():
        return True
    is_ours = settings.DATA.encryption_keys_file == settings.ENCRYPTION_KEYS_FILE
    if not is_ours or ApiKey.objects.present().filter(is_sandbox=False).exists():
        logger.error("keys.encryption_key.missing file=%s", settings.ENCRYPTION_KEYS_FILE)
        return False
    settings.DATA.make_encryption_key()
    return True


def reencrypt_keys() -> Reencrypted:
    """Encrypt all secrets with the first encryption key. May be repeated, and run while everything works.

    Each secret changes by itself, and only if nobody else has changed it in the meantime.
    """
    done = reencrypt_rows(ApiKey.objects.present().order_by("id"))
    logger.info("keys.secrets.reencrypted changed=%s unreadable=%s", done.changed, done.unreadable)
    return done


def ensure_sandbox_keys() -> int:
    """Give every provider the key that stands for the sandbox, usable; return how many were new.

    Its secret is no secret: where it can't be read any more, it is written anew.
    """
    own = ApiKey.objects.filter(is_sandbox=True)
    own.exclude(resting_until__isnull=True).update(resting_until=None)
    for key in own.order_by("id"):
        if _is_unreadable(key):
            own.filter(pk=key.pk).update(secret_encrypted=encrypt(SANDBOX_SECRET))
    missing = Provider.objects.exclude(keys__is_sandbox=True).order_by("id")
    limits = {"max_submitting": 64, "max_in_flight": 1000}
    return len(
        [
            _create(provider, "Sandbox", SANDBOX_SECRET, by=None, is_sandbox=True, **limits)
            for provider in missing
        ]
    )


def _is_unreadable(key: ApiKey) -> bool:
    try:
        decrypt(key.secret_encrypted)
    except WrongEncryptionKey:
        return True
    return False


def limits_of(key: ApiKey) -> Limits:
    """Return what may be sent with a key."""
    return Limits(key.max_in_flight, key.max_submitting, key.max_per_minute, key.priority)


def check_secret(secret: str) -> str:
    """Return the secret without what copying added. Raises UnusableKey where it can't be one."""
    secret = secret.strip()
    if not secret:
        raise UnusableKey("The API key is empty.")
    if len(secret) < MIN_SECRET_LENGTH:
        raise UnusableKey(f"The API key is too short: at least {MIN_SECRET_LENGTH} characters.")
    if len(secret) > MAX_SECRET_LENGTH:
        raise UnusableKey(f"The API key is too long: at most {MAX_SECRET_LENGTH} characters.")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UnusableKey("The API key holds spaces or characters that no provider uses. Copy it again.")
    return secret


def fingerprint(secret: str) -> str:
    """Return what tells two keys apart without telling what they are."""
    return hashlib.sha256(f"studio.keys:{secret}".encode()).hexdigest()[:16]


def _turn(keys: QuerySet[ApiKey], state: KeyState, *, by: User | None, **changes: None) -> int:
    return keys.update(state=state, state_since=clock.now(), state_by=by, **changes)


def _create(provider: Provider, label: str, secret: str, *, by: User | None, **fields: int | None) -> ApiKey:
    return ApiKey.objects.create(
        provider=provider,
        label=label,
        secret_encrypted=encrypt(secret),
        # The end of a short secret would be too much of it.
        last_four=secret[-4:] if len(secret) >= 16 else "",
        fingerprint=fingerprint(secret),
        created_by=by,
        **fields,
    )


def _checked_label(label: str) -> str:
    label = label.strip()
    if not label or len(label) > 80 or not label.isprintable():
        raise UnusableKey("The label must have 1 to 80 characters, on one line.")
    return label


def _exists(provider: Provider, secret: str) -> KeyExists:
    key = ApiKey.objects.present().get(provider=provider, fingerprint=fingerprint(secret))
    if key.state == KeyState.ACTIVE:
        return KeyExists(f"{provider.name} has this key already: {key}.")
    if key.state in ROTATED_OUT:
        return KeyExists(f"{provider.name} had this key already, and it was rotated out: {key}.")
    return KeyExists(
        f"{provider.name} has this key already, but it is stopped ({KeyState(key.state).label.lower()}). "
        f"Resume it among the API keys, or with: manage.py resume_key {key.pk}"
    )
