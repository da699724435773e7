"""Second factors for tests: the app that shows codes, and people who have one set up."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

from studio.people.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str = SECRET, *, periods: int = 0) -> str:
    """Return the code that an app shows now, or so many periods of 30 s later (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time() // 30) + periods)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def give_app(person: User) -> list[str]:
    """Set up an authenticator app for a person; return the recovery codes."""
    TOTP.activate(person, SECRET)
    return RecoveryCodes.activate(person).get_unused_codes()


def give_passkey(person: User, name: str = "Laptop") -> Authenticator:
    """List a passkey of a person that nobody can sign in with: only a browser makes real ones."""
    data = {"name": name, "credential": {}}
    return Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=data)
