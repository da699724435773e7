"""How allauth signs people in here: by e-mail, and nobody signs up by himself. Each attempt is written down."""

from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django_q.tasks import async_task

from project.company import Company
from studio.audit.actions import record, record_seldom
from studio.kit.wire import JsonObject
from studio.people.confirmed import confirmed_lately
from studio.people.factors.queries import known_at_request
from studio.people.models import User
from studio.people.ways_in import company_link_of

# For addresses that nobody has, and for attempts that aren't even looked at: a loop must not fill the log.
SAME_FAILURE_EVERY = timedelta(minutes=10)
# To confirm that it's them by, besides those that allauth knows.
_WAYS_OF_OURS = {"company", "none"}


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Reads the person of a request, together with what is asked of their sign-in."""

    def get_user(self, user_id: Any) -> User | None:
        try:
            person = User.objects.annotate(**known_at_request()).get(pk=user_id)
        except User.DoesNotExist:
            return None
        return person if self.user_can_authenticate(person) else None


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """People come in by invitation only."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail or the password is not correct.",
    }

    def set_password(self, user: User, password: str) -> None:
        """Tell the person by mail, too: it may have been somebody else at their screen."""
        super().set_password(user, password)
        record(verb="person.password_changed", subject=user, by=user)
        async_task("studio.people.mail.send_password_changed", user.pk, cluster="chores")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Don't ask who has signed in a moment ago; ask those, too, who have neither password nor second factor.

        allauth itself lets them pass.
        """
        is_required = super().is_reauthentication_required(app=app, **kwargs)
        if not is_required or confirmed_lately(self.request):
            return False
        if self.get_reauthentication_methods(self.request.user)[0]["id"] in _WAYS_OF_OURS:
            raise ReauthenticationRequired
        return True

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Add the company's sign-in, for those who are tied to it; who has nothing reads how to get a password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        company: Company | None = settings.COMPANY
        if company and company_link_of(user):
            address = reverse("company:confirm")
            methods.append({"id": "company", "description": company.name, "url": address})
        return methods or [{"id": "none", "description": "", "url": reverse("account_set_password")}]

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        record(verb="session.started", subject=user, by=user, details=self._from(request))

    def logout(self, request: HttpRequest) -> None:
        person = request.user
        super().logout(request)
        if isinstance(person, User):
            record(verb="session.closed", subject=person, by=person, details=self._from(request))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse who has tried too often; allauth counts by account and by address."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._record_failure("session.blocked", request, credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        self._record_failure("session.failed", request, credentials)

    def _record_failure(self, verb: str, request: HttpRequest, credentials: dict[str, Any]) -> None:
        """Write down an attempt, never what was typed: that may be a password in the wrong field."""
        person = User.objects.filter(email__iexact=credentials.get("email", "").replace("\0", "")).first()
        where = self._from(request)
        if person and verb == "session.failed":
            record(verb=verb, subject=person, by=None, details=where)
            return
        about = str(person.pk) if person else str(where["address"])
        record_seldom(verb=verb, about=about, every=SAME_FAILURE_EVERY, subject=person, details=where)

    def _from(self, request: HttpRequest) -> JsonObject:
        return {"address": str(self.get_client_ip(request))}
