"""Names of projects in addresses."""

from django.utils.text import slugify

from studio.projects.models import Project

MAX_LENGTH = 60
RESERVED = frozenset(
    (
        "account",
        "accounts",
        "admin",
        "all",
        "api",
        "archive",
        "live",
        "media",
        "new",
        "people",
        "static",
        "studio",
    )
)


def suggest_slug(name: str) -> str:
    """Return a free slug made from the name; a number is added where it is taken or reserved."""
    stem = slugify(name)[: MAX_LENGTH - 4].strip("-_") or "project"
    taken = set(Project.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)
