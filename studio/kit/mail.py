"""Mail: one message for each reader, and a mail server that fails breaks nothing. Its words are in templates/mail."""

import logging
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template

log = logging.getLogger(__name__)


def send_written(addresses: Iterable[str], name: str, words: Mapping[str, object]) -> int:
    """Send the mail of this name to each address by itself; return how many went out. Slow: to be called in a task.

    `templates/mail/NAME.txt` is its text, with the part `subject`. It is plain text, so nothing is escaped.
    """
    return send_to_each(addresses, *written(name, words))


def written(name: str, words: Mapping[str, object]) -> tuple[str, str]:
    """Return subject and text of the mail of this name."""
    return _rendered(f"mail/{name}.txt#subject", words), _rendered(f"mail/{name}.txt", words).strip() + "\n"


def send_to_each(addresses: Iterable[str], subject: str, text: str) -> int:
    """Send the same text to each address by itself, so that nobody sees who else is told; return how many went out.

    Where the mail server fails, the others are still told, and the log says what happened, but to whom only
    the server knows. Slow: to be called in a task.
    """
    sent = 0
    # A name with a line break in it must not become a header.
    line = " ".join(subject.split())
    for address in addresses:
        try:
            sent += send_mail(line, text, settings.DEFAULT_FROM_EMAIL, [address])
        except OSError as error:
            # All errors of smtplib are among these.
            log.warning("mail.sending.failed error=%s", type(error).__name__)
    return sent


def page_address(path: str) -> str:
    """Return the full address of a page for a mail; empty where nobody has said how people reach the site."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else ""


def site_of(request: HttpRequest) -> str:
    """Return the address under which people reach Studio: the one that was set, or the one that was asked for."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def _rendered(template: str, words: Mapping[str, object]) -> str:
    # Our engine is Django's own; a template of it takes a context that escapes nothing.
    return str(vars(get_template(template))["template"].render(Context(dict(words), autoescape=False)))
