"""Who may read the figures: this machine, the networks that the settings name, and whoever has the token."""

from hmac import compare_digest
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

_FORWARDED = ("X-Forwarded-For", "Forwarded", "Via")


def may_watch(request: HttpRequest) -> bool:
    """Tell whether the figures are for whoever asks."""
    return _has_token(request) or _is_near(request)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    return bool(settings.METRICS_TOKEN) and compare_digest(given, settings.METRICS_TOKEN.encode())


def _is_near(request: HttpRequest) -> bool:
    """Believe the address only where it is the asker's own: behind an unknown proxy everybody is on this machine."""
    if not settings.TRUSTED_PROXY and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return address.is_loopback or any(address in ip_network(one) for one in settings.METRICS_NETWORKS)
