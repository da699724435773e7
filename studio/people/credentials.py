"""What a password and an e-mail address must be, as sentences for the command line."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from studio.kit.errors import Invalid


def check_password_fits(password: str) -> None:
    """Raise Invalid with the validators' sentences."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error


def check_email_fits(email: str) -> str:
    """Return the address as we store it. Raises Invalid when it is none."""
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise Invalid(f"“{email}” is not an e-mail address.") from error
    return email.strip().lower()
