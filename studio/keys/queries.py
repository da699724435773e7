"""Choosing a key: who may speak to a provider now, with what secret, and where."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from project.run_state import sandbox_url
from studio.catalog.models import Provider
from studio.keys.models import STOPPED, ApiKey, KeyState, Outage, OutagePhase
from studio.kit import clock
from studio.kit.crypto import WrongEncryptionKey, decrypt
from studio.kit.disk import full_disk

logger = logging.getLogger(__name__)

# Nothing listens on the discard port: what was sent with a sandbox key waits until the sandbox runs again.
NOWHERE = "http://127.0.0.1:9"
# A rest that is longer than this is seen by those who wait.
LONG_REST = timedelta(minutes=2)
DISK_FULL = (
    "Studio’s disk is full, so nothing is sent that could not be stored. Waiting costs nothing, and goes on by itself "
    "as soon as an admin has made room."
)
_BY_NOW = {
    KeyState.ACTIVE: "in use",
    KeyState.PAUSED: "paused",
    KeyState.UNAUTHORISED: "refused by its provider",
    KeyState.OUT_OF_CREDIT: "out of credit",
    KeyState.RETIRING: "rotated out",
    KeyState.RETIRED: "retired",
}
_NEVER = datetime.min.replace(tzinfo=UTC)
# Asked for every studio page: built from querysets they took longer than they take to ask.
_IS_ANY_AWAY = f"""EXISTS (
    SELECT 1 FROM {Outage._meta.db_table} WHERE phase <> '{OutagePhase.RETURNING}'
)"""  # noqa: S608  the names of our own table and word
_HAS_REAL_KEY = f"""EXISTS (
    SELECT 1 FROM {ApiKey._meta.db_table} WHERE deleted_at IS NULL AND NOT is_sandbox
)"""  # noqa: S608  the name of our own table


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a key is spoken with. `allowed_hosts` are "host:port" that may be plain http or private."""

    base_url: str
    allowed_hosts: tuple[str, ...]


def usable_keys(provider_id: int, now: datetime, *, is_locking: bool = False) -> list[ApiKey]:
    """Return the keys with which something can be sent now, by priority, then the longest unused first.

    With `is_locking`, nobody pauses, rotates or deletes them before the end of the transaction. There are none
    while a disk is full: what a provider made, and charged, could not be stored.
    """
    if full_disk():
        return []
    in_charge = _keys_in_charge(provider_id, is_locking=is_locking)
    keys = [key for key in in_charge if _is_healthy(key, now) and can_be_read(key)]
    return sorted(keys, key=_order_of_use)


def outage_of(key: ApiKey) -> Outage | None:
    """Return the outage of the key's provider, also one that is just over; read along with the keys above."""
    found: Outage | None = getattr(key.provider, "outage", None)
    return found


def present_outages() -> list[Outage]:
    """Return the outages that last, the oldest first."""
    return list(Outage.objects.present().select_related("provider"))


def outage_along() -> RawSQL:
    """Return, as a part of another query, whether any provider is away."""
    return RawSQL(_IS_ANY_AWAY, [], BooleanField())  # noqa: S611  a constant


def can_be_sent_to(provider_id: int, now: datetime) -> bool:
    """Tell whether something can be sent to this provider now: it has a key for it, and is there."""
    keys = usable_keys(provider_id, now)
    outage = outage_of(keys[0]) if keys else None
    return bool(keys) and not (outage and outage.phase == OutagePhase.AWAY)


def can_be_read(key: ApiKey) -> bool:
    """Tell whether the key's secret can be decrypted; asked before an intent is written, never after."""
    try:
        secret_of(key)
    except WrongEncryptionKey as error:
        _complain(key.pk, error.sentence)
        return False
    return True


def secret_of(key: ApiKey) -> str:
    """Return the secret itself, for the request only. Raises WrongEncryptionKey."""
    return decrypt(key.secret_encrypted)


def endpoint_of(key: ApiKey) -> Endpoint:
    """Return where requests with this key go: the provider, or the sandbox that stands in for it."""
    if key.is_sandbox:
        url = sandbox_url() or NOWHERE
        return Endpoint(url, (urlsplit(url).netloc,))
    return Endpoint(key.provider.base_url, tuple(key.provider.allowed_hosts))


def standing_sentence(key: ApiKey) -> str:
    """Say how a key stands to who wanted something else of it."""
    if key.deleted_at:
        return f"{key.label} was deleted meanwhile."
    return f"Nothing was changed: {key.label} is {_BY_NOW[KeyState(key.state)]} by now."


def encryption_problem() -> str:
    """Say why no API key can be read at all; empty while one can, and while there is none."""
    keys = ApiKey.objects.present().filter(is_sandbox=False).exclude(state=KeyState.RETIRED).order_by("id")
    if not keys or any(can_be_read(key) for key in keys):
        return ""
    try:
        decrypt(keys[0].secret_encrypted)
    except WrongEncryptionKey as error:
        return error.sentence
    return ""


def keys_to_mend() -> list[ApiKey]:
    """Return the keys that somebody should look at: refused (if only in a test), out of credit, not to be read, or
    asked by the provider to rest for long.
    """
    states = (KeyState.ACTIVE, KeyState.RETIRING, *STOPPED)
    keys = ApiKey.objects.present().filter(is_sandbox=False, state__in=states)
    later = clock.now() + LONG_REST
    return [key for key in keys.select_related("provider").order_by("id") if _is_to_mend(key, later)]


def _is_to_mend(key: ApiKey, later: datetime) -> bool:
    if key.is_stopped or not can_be_read(key):
        return True
    return key.state == KeyState.ACTIVE and (key.is_refused_in_test or key.is_resting(later))


def is_sandbox(provider: Provider) -> bool:
    """Tell whether the sandbox answers for this provider."""
    return any(key.is_sandbox for key in _keys_in_charge(provider.pk))


def has_real_key() -> bool:
    """Tell whether any provider has a key of its own, so that no sandbox is needed."""
    return ApiKey.objects.present().filter(is_sandbox=False).exists()


def is_rehearsal(*, real_key: bool | None = None) -> bool:
    """Tell whether the sandbox answers for everything, so that no picture is a model's and nothing costs money.

    `real_key` is whether there is one, where that was read along (`real_key_along`).
    """
    if not sandbox_url():
        return False
    return not (has_real_key() if real_key is None else real_key)


def real_key_along() -> RawSQL:
    """Return, as a part of another query, whether any provider has a key of its own."""
    return RawSQL(_HAS_REAL_KEY, [], BooleanField())  # noqa: S611  a constant


def waiting_reason(provider: Provider, now: datetime | None = None) -> str:
    """Say why nothing can be sent to this provider now; empty when something can."""
    _, reason = usable_keys_or_reason(provider, now or clock.now())
    return reason


def usable_keys_or_reason(provider: Provider, now: datetime) -> tuple[list[ApiKey], str]:
    """Return the keys with which something can be sent now, or why there are none."""
    if full_disk():
        return [], DISK_FULL
    keys = _keys_in_charge(provider.pk)
    if keys and (outage := outage_of(keys[0])) and outage.is_present:
        return (
            [],
            f"{outage.sentence} Nothing of this was sent; it goes out by itself when the provider is back.",
        )
    healthy = [key for key in keys if _is_healthy(key, now)]
    if usable := [key for key in healthy if can_be_read(key)]:
        return usable, ""
    if healthy:
        return [], (
            f"The API key of {provider.name} can't be read, since STUDIO_ENCRYPTION_KEYS has changed. "
            "An admin can put the old one back."
        )
    resting = [key.resting_until for key in keys if key.state == KeyState.ACTIVE and key.resting_until]
    if resting:
        seconds = max(1, round((min(resting) - now).total_seconds()))
        return [], f"{provider.name} asked us to wait. It goes on in about {_duration(seconds)}."
    return [], _stopped_reason(provider, {KeyState(key.state) for key in keys})


def _stopped_reason(provider: Provider, states: Collection[KeyState]) -> str:
    """Say it of the key that is the easiest to bring back."""
    if KeyState.OUT_OF_CREDIT in states:
        return f"The account at {provider.name} is out of credit. An admin can top it up and resume the key."
    if KeyState.PAUSED in states:
        return f"The API key of {provider.name} is paused. An admin can resume it."
    if KeyState.UNAUTHORISED in states:
        return f"{provider.name} refused the API key. An admin can add a new one."
    if states:
        return f"The API key of {provider.name} was retired. An admin can add a new one."
    return f"{provider.name} has no API key yet. An admin can add one."


def _keys_in_charge(provider_id: int, *, is_locking: bool = False) -> list[ApiKey]:
    """A provider with any real key, even a stopped one, is never answered for by the sandbox."""
    present = ApiKey.objects.present().filter(provider_id=provider_id)
    if is_locking:
        present = present.select_for_update(of=("self",), no_key=True)
    keys = list(present.select_related("provider__outage").order_by("id"))
    real = [key for key in keys if not key.is_sandbox]
    return real or (keys if sandbox_url() else [])


def _is_healthy(key: ApiKey, now: datetime) -> bool:
    return key.state == KeyState.ACTIVE and not key.is_resting(now)


def _order_of_use(key: ApiKey) -> tuple[int, datetime, int]:
    return key.priority, key.last_used_at or _NEVER, key.pk


@cache
def _complain(key_id: int, sentence: str) -> None:
    """Say it once, not five times a second."""
    logger.error("keys.key.unreadable key=%s: %s", key_id, sentence)


def _duration(seconds: int) -> str:
    if seconds < 90:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"
