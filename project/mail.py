"""The mail server that an address names: smtp://user:password@host:587/?tls=true, or smtps:// for TLS from the start."""

from typing import TypedDict
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("smtp", "smtps")
_PORTS = {"smtp": 25, "smtps": 465}
_TRUTH = {"true": True, "false": False}
TIMEOUT_S = 15


class MailServer(TypedDict):
    """Django's settings of the same names, in capitals."""

    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool


def mail_server(url: str) -> MailServer:
    """Read an address as a mail server. Raises ValueError unless all of it makes sense."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    is_ssl = parts.scheme == "smtps"
    tls = _TRUTH[options.pop("tls", "false")] if options.get("tls", "false") in _TRUTH else None
    if parts.scheme not in SCHEMES or not parts.hostname or parts.port == 0 or parts.path not in ("", "/"):
        raise ValueError(url)
    if tls is None or options or (tls and is_ssl):
        raise ValueError(url)
    return {
        "host": parts.hostname,
        "port": parts.port or _PORTS[parts.scheme],
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": tls,
        "use_ssl": is_ssl,
    }
