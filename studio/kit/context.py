"""What every page's shell needs."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, str | bool]:
    """Provide `theme`: the person's choice, or empty to follow the system; and whether mail is sent at all."""
    theme = request.COOKIES.get("theme", "")
    return {"theme": theme if theme in THEMES else "", "has_mail": bool(settings.EMAIL_URL)}
