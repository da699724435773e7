"""Addresses of the second factor, under the names by which allauth asks for them."""

from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    RemoveWebAuthnView,
)
from django.urls import URLPattern, path, reverse_lazy

from studio.people.factors import views

SECURITY = reverse_lazy("mfa_index")

urlpatterns: list[URLPattern] = [
    path("", views.security, name="mfa_index"),
    path("sign-in/", views.SecondStepView.as_view(), name="mfa_authenticate"),
    path("sign-in/cancel/", views.cancel, name="mfa_cancel"),
    path("confirm/", ReauthenticateView.as_view(), name="mfa_reauthenticate"),
    path("app/", ActivateTOTPView.as_view(), name="mfa_activate_totp"),
    path("app/off/", DeactivateTOTPView.as_view(), name="mfa_deactivate_totp"),
    path("codes/", views.codes, name="mfa_view_recovery_codes"),
    path("codes/new/", GenerateRecoveryCodesView.as_view(), name="mfa_generate_recovery_codes"),
    path("passkeys/sign-in/", LoginWebAuthnView.as_view(), name="mfa_login_webauthn"),
    path("passkeys/confirm/", views.PasskeyAgainView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("passkeys/add/", AddWebAuthnView.as_view(), name="mfa_add_webauthn"),
    path(
        "passkeys/<id:pk>/rename/", EditWebAuthnView.as_view(success_url=SECURITY), name="mfa_edit_webauthn"
    ),
    path(
        "passkeys/<id:pk>/remove/",
        RemoveWebAuthnView.as_view(success_url=SECURITY),
        name="mfa_remove_webauthn",
    ),
]
