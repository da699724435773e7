"""Secrets and signatures as https://www.standardwebhooks.com describes them, so that receivers find a library."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a secret as the receiver writes it down: `whsec_` and 32 bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def headers_for(secret: str, message_id: UUID, at: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message: its id, its time in seconds since 1970, and the signature over all three."""
    name = f"msg_{message_id.hex}"
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signature = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
