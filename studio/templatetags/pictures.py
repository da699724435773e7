"""How images, their times and their days are written in templates."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator

from studio.generation.links import Links
from studio.generation.models import Image
from studio.kit.clock import now
from studio.projects.models import Project

register = template.Library()

# Beyond these a picture in a row would be a sliver, or as wide as the page: it is cropped instead.
NARROWEST, WIDEST = 0.45, 3.2
_ALT_LENGTH = 120
USUAL_RATIOS = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 9), (2, 1), (21, 9), (3, 1), (4, 1), (8, 1))


@register.filter
def row_ratio(image: Image) -> str:
    """Return the ratio that an image takes in a justified row."""
    return f"{min(max(image.ratio, NARROWEST), WIDEST):.4f}"


@register.filter
def short_ratio(image: Image) -> str:
    """Return the ratio as people say it, such as 4:5; empty where none of the usual ones fits within 2 %."""
    long, short = max(image.width, image.height), min(image.width, image.height)
    for first, second in USUAL_RATIOS:
        if abs(long / short - first / second) < 0.02 * first / second:
            return f"{first}:{second}" if image.width >= image.height else f"{second}:{first}"
    return ""


@register.filter
def alt_text(image: Image) -> str:
    """Return what an image shows, in the words that it was asked for with."""
    return in_short(image.generation.batch.prompt)


def in_short(prompt: str) -> str:
    """Return a prompt as the description of its image, in at most 120 characters."""
    if len(prompt) <= _ALT_LENGTH:
        # Truncator, which knows what belongs together with a letter, looks at each: slow for a page of images.
        return prompt or "Image without a prompt"
    return Truncator(prompt).chars(_ALT_LENGTH)


@register.simple_tag
def picture_sources(image: Image, project: Project) -> str:
    """Return the srcset of an image on its own page, which ends with the original."""
    return Links(project.slug).sources(image, with_original=True)


@register.filter
def day_title(day: date) -> str:
    """Return Today, Yesterday, or the day with its weekday; the year only where it isn't this one."""
    today = timezone.localdate(now())
    if (today - day).days in (0, 1):
        return "Yesterday" if day != today else "Today"
    return date_format(day, "l, j F" if day.year == today.year else "l, j F Y")


@register.filter
def moment(at: datetime) -> str:
    """Return when something was, as day and time: "Today, 14:32"."""
    local = timezone.localtime(at)
    return f"{day_title(local.date())}, {local:%H:%M}"


@register.filter
def clock_tenths(at: datetime) -> str:
    """Return the time of day to a tenth of a second: 14:31:46.1."""
    local = timezone.localtime(at)
    return f"{local:%H:%M:%S}.{local.microsecond // 100_000}"


@register.filter
def seconds(value: float) -> str:
    """Return a span of time in the unit that fits: 0.4 s, 14 s, 3 min 5 s."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    return f"{value // 60:.0f} min {value % 60:.0f} s"


@register.filter
def megabytes(size_bytes: int) -> str:
    """Return a size as people read it: 812 kB, 6.1 MB."""
    if size_bytes < 1_000_000:
        return f"{max(size_bytes / 1000, 1):.0f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


@register.filter
def middle_cut(text: str, length: int = 18) -> str:
    """Return a long code with its middle left out: 9f2c41d7…e8b41e."""
    return text if len(text) <= length else f"{text[: length // 2]}…{text[-(length // 3) :]}"
