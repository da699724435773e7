"""Forms of the second factor: allauth's, where a code works once and nothing that is sent can break them."""

import struct
from collections.abc import Callable
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.cache import cache

NAME_LENGTH = 60
# What the libraries below stumble over when a browser, or somebody else, sends something that is no passkey.
_NO_PASSKEY = (
    ArithmeticError,
    AttributeError,
    InvalidSignature,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
    struct.error,
)


class _OnceOnly:
    """Refuses a code that was used, for as long as it is right: allauth forgets it after one period of three."""

    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP:
            right_for = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
            digits = "".join(code.split())
            if not cache.add(f"factors:used:{self.authenticator.pk}:{digits}", 1, right_for):
                raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_OnceOnly, AuthenticateForm):  # type: ignore[misc]
    """The code that is asked for after the password: of the app, or a recovery code."""


class CodeAgainForm(_OnceOnly, ReauthenticateForm):  # type: ignore[misc]
    """The same, to confirm that it's still the same person."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey. Whether it works without the password, too, is for the browser to say."""

    passwordless = None
    name = forms.CharField(max_length=NAME_LENGTH, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = _or_refuse(super().clean)
        return cleaned


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(max_length=NAME_LENGTH)


class _AnyCredential:
    def clean_credential(self) -> Authenticator:
        return _or_refuse(super().clean_credential)  # type: ignore[misc]


class PasskeyForm(_AnyCredential, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey that is shown after the password."""


class PasskeyAgainForm(_AnyCredential, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey that confirms that it's still the same person."""


class PasskeyAloneForm(_AnyCredential, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in place of e-mail and password."""


def _or_refuse(clean: Callable[[], Any]) -> Any:
    try:
        return clean()
    except _NO_PASSKEY as error:
        raise get_adapter().validation_error("incorrect_code") from error
