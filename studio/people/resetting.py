"""The forms of a forgotten password, in place of allauth's."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, ResetPasswordKeyForm
from django.http import HttpRequest
from django_q.tasks import async_task

from studio.kit.mail import site_of


class AskForResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Takes any address. A task looks for the account, so the answer takes as long whether there is one or not."""

    def clean_email(self) -> str:
        return str(get_adapter().clean_email(self.cleaned_data["email"].lower()))

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        async_task("studio.people.mail.send_reset", email, site_of(request), cluster="chores")
        return email


class ChooseNewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """Asks for the password once: the eye beside it shows what was typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
