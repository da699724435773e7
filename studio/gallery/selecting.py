"""What a person selected: ids as a form sends them."""

from typing import Protocol

from studio.kit.errors import Invalid
from studio.kit.parameters import read_id

# More than this is better fetched from the disk than through a browser.
MOST_DOWNLOADED = 500
# As many as one transaction takes without holding up others.
MOST_CHANGED = 1000


class Sent(Protocol):
    """The part of Django's QueryDict that is needed here."""

    def getlist(self, key: str) -> list[str]: ...


def selected_ids(sent: Sent, *, most: int) -> list[int]:
    """Return the ids that were sent as `image`. Raises Invalid when there is none, or more than `most`."""
    ids = sorted({found for value in sent.getlist("image") if (found := read_id(value))})
    if not ids:
        raise Invalid("Nothing is selected. Tick the images first.")
    if len(ids) > most:
        raise Invalid(
            f"{len(ids):,} images are selected, but this works for up to {most:,} at once."
            " Select fewer, and do the rest afterwards."
        )
    return ids
