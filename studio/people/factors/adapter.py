"""How allauth keeps second factors here: secrets encrypted with the installation's keys, refusals in our words."""

from typing import ClassVar

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from studio.kit import crypto
from studio.people.models import User


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps what allauth stores of a factor as other secrets are kept, and names things as we do."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That isn’t right, or it has expired. Try again with a fresh one.",
        "cannot_generate_recovery_codes": "Recovery codes come with an authenticator app or a passkey. Add one first.",
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Studio"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  allauth's name
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"
