"""Addresses of a project's images and generations, for pages that show hundreds: each pattern is looked up once."""

from functools import cached_property

from django.urls import reverse
from django.utils.safestring import SafeString

from studio.generation.models import Image

# Stands for the number in an address until that takes its place.
_ANY = 987_654_321


class Links:
    """The addresses in one project that differ in one number."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._around: dict[tuple[str, tuple[int, ...]], list[str]] = {}

    @cached_property
    def studio(self) -> str:
        return reverse("generation:studio", args=[self._slug])

    @cached_property
    def form(self) -> str:
        return reverse("generation:form", args=[self._slug])

    def to(self, view_name: str, key: str, *rest: int) -> SafeString:
        """Return what `{% url view_name slug key … %}` returns; `key` is the number as text."""
        around = self._around.get((view_name, rest))
        if around is None:
            address = reverse(view_name, args=[self._slug, _ANY, *rest])
            around = self._around[view_name, rest] = address.split(str(_ANY))
        # Digits in what `reverse` has quoted: there is nothing to escape.
        return SafeString(key.join(around))

    def sources(self, image: Image, *, with_original: bool = False) -> SafeString:
        """Return the srcset of an image: the thumbnails that are smaller, and one that is as wide or the original."""
        key = str(image.pk)
        sources = []
        for width in sorted(image.thumbnail_widths):
            if width >= image.width and with_original:
                break
            # A thumbnail is never wider than its image, whatever width it is called by.
            sources.append(f"{self.to('gallery:thumb', key, width)} {min(width, image.width)}w")
            if width >= image.width:
                break
        if with_original or not sources:
            sources.append(f"{self.to('gallery:file', key)} {image.width}w")
        return SafeString(", ".join(sources))
