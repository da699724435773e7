"""Mail: one message for each reader, and a mail server that fails breaks nothing."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail

log = logging.getLogger(__name__)


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
