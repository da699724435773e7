"""Which hosts may be spoken to: https and public addresses, or what an admin has named as "host:port".

`ipaddress.is_global` is not enough on Python 3.11 (it passes addresses that stand for a private one), so the
table is ours, from the IANA registries of special-purpose addresses:
https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from studio.kit.errors import Invalid

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own services, on a public address
        "169.254.0.0/16",  # link-local; the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocols, with Teredo, which hides an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which hides an IPv4 address
        "3fff::/20",  # documentation
    )
)
# These forms stand for the IPv4 address in their last 32 bits. On an IPv6-only network every IPv4 host has
# the second one, so they are judged by what they stand for; all other transitional forms are not public.
_CARRIES_V4 = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_.])?")
_LOCAL_NAMES = re.compile(r"(.+\.)?(localhost|local|internal|intranet|lan|home\.arpa)\.?")


class AddressRefused(Invalid):
    """The address may not be spoken to; the sentence says why, without naming the path."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: "https" or "http", the host in lower case (IPv6 without brackets), the port."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """The spelling in which an admin allows it: "host:port", IPv6 in brackets."""
        return host_and_port(self.host, self.port)


def host_and_port(host: str, port: int) -> str:
    """Return "host:port", with IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_public(address: IpAddress) -> bool:
    """Say whether an address is one of the public internet, seen through the forms that stand for another."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    if any(address in network for network in _CARRIES_V4):
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def is_allowed(host: str, port: int, allowed_hosts: Iterable[str]) -> bool:
    """Say whether an admin has named this host and port."""
    name = host_and_port(host.lower(), port)
    return any(name == allowed.strip().lower() for allowed in allowed_hosts)


def parse_place(url: str) -> Place:
    """Read where an address leads. Raises AddressRefused for all that two readers could read differently."""
    if not re.fullmatch(r"[\x21-\x7e]{1,8192}", url) or "\\" in url:
        raise AddressRefused("The address holds characters that don't belong into one.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise AddressRefused("The address can't be read.") from error
    if parts.scheme not in ("http", "https"):
        raise AddressRefused("The address must begin with https://.")
    if "@" in parts.netloc:
        raise AddressRefused("The address holds a user name or password; those must not be in it.")
    if not _is_host(host, parts.netloc) or port == 0:
        raise AddressRefused("The address has no usable host name.")
    return Place(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def check_url(url: str, allowed_hosts: Iterable[str]) -> Place:
    """Refuse an address whose text alone shows that it may not be spoken to. Raises AddressRefused."""
    place = parse_place(url)
    if is_allowed(place.host, place.port, allowed_hosts):
        return place
    if place.scheme != "https":
        raise AddressRefused(f"The address is not https, and {place.name} is not among the allowed hosts.")
    literal = _literal(place.host)
    if _LOCAL_NAMES.fullmatch(place.host) or (literal is not None and not is_public(literal)):
        raise AddressRefused(f"{place.name} is not on the public internet and not among the allowed hosts.")
    return place


def check_base_url(url: str, allowed_hosts: Iterable[str]) -> str:
    """Return a provider's base address without a slash at its end. Raises AddressRefused."""
    check_url(url, allowed_hosts)
    parts = urlsplit(url)
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise AddressRefused("The base address must end before any “?” or “#”.")
    return url.rstrip("/")


async def resolve(host: str, port: int, allowed_hosts: Iterable[str]) -> list[str]:
    """Return the addresses of a host to connect to, as texts, every one checked.

    One that isn't public refuses them all: a mixed answer is how a name is turned against its reader.
    Raises AddressRefused, or OSError where the name can't be resolved.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is too long
        raise OSError("the name can't be resolved") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if is_allowed(host, port, allowed_hosts):
        return addresses
    if not addresses or not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        name = host_and_port(host, port)
        raise AddressRefused(
            f"{name} leads to an address that is not public and not among the allowed hosts."
        )
    return addresses


def _is_host(host: str, netloc: str) -> bool:
    if netloc.startswith("["):
        return isinstance(_literal(host), ipaddress.IPv6Address)
    return _HOST.fullmatch(host) is not None


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
