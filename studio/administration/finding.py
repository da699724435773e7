"""Finding a line in a list by words: they stand in the address, and whoever presses a button in the list keeps them."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from studio.kit.parameters import read_line

LONGEST = 200


def words_of(request: HttpRequest) -> str:
    """Return the words that are looked for."""
    return read_words(query_of(request))


def read_words(asked: Mapping[str, str]) -> str:
    """Read the words of an address."""
    return read_line(asked.get("q"), longest=LONGEST)


def query_of(request: HttpRequest) -> dict[str, str]:
    """Return what an address asks for: that of the request, or for what is posted that of the page it is on."""
    if request.method in ("GET", "HEAD"):
        return request.GET.dict()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    return {name: values[0] for name, values in _query_of(page).items()}


def address_of(request: HttpRequest, route: str, *args: int) -> str:
    """Return the address of a list in which the same is looked for."""
    words = words_of(request)
    return reverse(route, args=args) + (f"?{urlencode({'q': words})}" if words else "")


def fits(words: str, *texts: str) -> bool:
    """Tell whether each of the words stands somewhere in these texts; no words fit everything."""
    told = "\n".join(texts).casefold()
    return all(word in told for word in words.casefold().split())


def _query_of(page: str) -> dict[str, list[str]]:
    try:
        return parse_qs(urlsplit(page).query)
    except ValueError:
        return {}
