"""Choosing a key: who may speak to a provider now, with what secret, and where."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db.models import Exists

from project.run_state import sandbox_url
from studio.catalog.models import Provider
from studio.keys.models import ApiKey, KeyState
from studio.kit import clock
from studio.kit.crypto import decrypt

# Nothing listens on the discard port: what was sent with a sandbox key waits until the sandbox runs again.
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a key is spoken with. `allowed_hosts` are "host:port" that may be plain http or private."""

    base_url: str
    allowed_hosts: tuple[str, ...]


def usable_keys(provider_id: int, now: datetime) -> list[ApiKey]:
    """Return the keys with which something can be sent now, oldest first."""
    keys = _keys_in_charge(provider_id)
    return [key for key in keys if key.state == KeyState.ACTIVE and not _is_resting(key, now)]


def secret_of(key: ApiKey) -> str:
    """Return the secret itself, for the request only. Raises WrongEncryptionKey."""
    return decrypt(key.secret_encrypted)


def endpoint_of(key: ApiKey) -> Endpoint:
    """Return where requests with this key go: the provider, or the sandbox that stands in for it."""
    if key.is_sandbox:
        url = sandbox_url() or NOWHERE
        return Endpoint(url, (urlsplit(url).netloc,))
    return Endpoint(key.provider.base_url, tuple(key.provider.allowed_hosts))


def is_sandbox(provider: Provider) -> bool:
    """Tell whether the sandbox answers for this provider."""
    return any(key.is_sandbox for key in _keys_in_charge(provider.pk))


def has_real_key() -> bool:
    """Tell whether any provider has a key of its own, so that no sandbox is needed."""
    return ApiKey.objects.filter(is_sandbox=False).exists()


def is_rehearsal(*, real_key: bool | None = None) -> bool:
    """Tell whether the sandbox answers for everything, so that no picture is a model's and nothing costs money.

    `real_key` is whether there is one, where that was read along (`real_key_along`).
    """
    if not sandbox_url():
        return False
    return not (has_real_key() if real_key is None else real_key)


def real_key_along() -> Exists:
    """Return, as a part of another query, whether any provider has a key of its own."""
    return Exists(ApiKey.objects.filter(is_sandbox=False))


def waiting_reason(provider: Provider, now: datetime | None = None) -> str:
    """Say why nothing can be sent to this provider now; empty when something can."""
    now = now or clock.now()
    keys = _keys_in_charge(provider.pk)
    if any(key.state == KeyState.ACTIVE and not _is_resting(key, now) for key in keys):
        return ""
    if not keys:
        return f"{provider.name} has no API key yet. An admin can add one."
    resting = [key.resting_until for key in keys if key.state == KeyState.ACTIVE and key.resting_until]
    if resting:
        seconds = max(1, round((min(resting) - now).total_seconds()))
        return f"{provider.name} asked us to wait. It goes on in about {_duration(seconds)}."
    if any(key.state == KeyState.OUT_OF_CREDIT for key in keys):
        return f"The account at {provider.name} is out of credit. An admin can top it up and resume the key."
    return f"{provider.name} refused the API key. An admin can add a new one."


def _keys_in_charge(provider_id: int) -> list[ApiKey]:
    """A provider with any real key, even a stopped one, is never answered for by the sandbox."""
    keys = list(ApiKey.objects.filter(provider_id=provider_id).select_related("provider").order_by("id"))
    real = [key for key in keys if not key.is_sandbox]
    return real or (keys if sandbox_url() else [])


def _is_resting(key: ApiKey, now: datetime) -> bool:
    return key.resting_until is not None and key.resting_until > now


def _duration(seconds: int) -> str:
    if seconds < 90:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"
