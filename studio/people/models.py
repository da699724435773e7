"""The people of the team and the one-time links with which they set a password."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from studio.kit.clock import now


class TeamRole(models.TextChoices):
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    GUEST = "guest", "Guest"


class UserManager(BaseUserManager["User"]):
    def present(self) -> "models.QuerySet[User]":
        """Keep those who were not deleted: the team, deactivated people among them."""
        return self.filter(deleted_at__isnull=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, *, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, known by e-mail address (stored in lower case, unique without regard to case)."""

    email = models.EmailField("e-mail", max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=16, choices=TeamRole, default=TeamRole.MEMBER)
    is_active = models.BooleanField(default=True)
    # The name of the portrait; empty: the person's letters.
    picture = models.CharField(max_length=26, blank=True)
    # Empty: the team's.
    time_zone = models.CharField(max_length=64, blank=True)
    # Of each kind of news: does it come by mail, too? What isn't there stays as it is by default.
    mail_choices = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Since then the row stands for a former member, without anything personal.
    deleted_at = models.DateTimeField(null=True)

    # Both are read with the person of a request (`sign_in.Backend`); otherwise they say nothing.
    two_factor_rule: str | None = None
    has_second_factor = False

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=TeamRole.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=True) | models.Q(is_active=False),
                name="user_deleted_is_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def is_admin(self) -> bool:
        return self.role == TeamRole.ADMIN

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_guest(self) -> bool:
        """Whether the person has only what they were given: single projects, nothing of the team."""
        return self.role == TeamRole.GUEST

    @property
    def role_label(self) -> str:
        return TeamRole(self.role).label

    @property
    def role_words(self) -> str:
        """Write the role as it stands in a sentence: “an admin”."""
        return f"{'an' if self.is_admin else 'a'} {self.role}"


class SignInRule(models.Model):
    """What the team asks of a sign-in, in one row; without it a password is enough for everybody."""

    class TwoFactors(models.TextChoices):
        NOBODY = "nobody", "Nobody"
        ADMINS = "admins", "Admins"
        EVERYBODY = "everybody", "Everybody"

    two_factors = models.CharField(max_length=16, choices=TwoFactors, default=TwoFactors.NOBODY)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="sign_in_rule_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(two_factors__in=["nobody", "admins", "everybody"]),
                name="sign_in_rule_known",
            ),
        ]

    def __str__(self) -> str:
        return f"two factors: {self.two_factors}"


class Portrait(models.Model):
    """A person's picture, small and without metadata. Beside the person, who is read with nearly every page."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="portrait")
    name = models.CharField(max_length=26, unique=True)
    data = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"portrait of {self.person_id}"


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    def open(self) -> "EmailChangeQuerySet":
        """Keep what can be confirmed now."""
        return self.filter(expires_at__gt=now(), person__is_active=True)


class EmailChange(models.Model):
    """A new address that waits to be confirmed. Its link is signed, and dies when `nonce` changes."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="email_change")
    email = models.EmailField(max_length=254)
    nonce = models.CharField(max_length=26)
    expires_at = models.DateTimeField()

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"new address of {self.person_id}"


class PasswordLink(models.Model):
    """A link with which a person sets a password, once. Only a digest of its token is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_links")
    token_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"password link {self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= now()

    @property
    def works(self) -> bool:
        return self.used_at is None and not self.is_expired and self.user.is_active
