"""The keys' page as tests read it."""

from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse

PAGE = "/admin/keys/"
SECRET = "ms-1234567890-canary-abcd"
HTMX = {"HX-Request": "true", "HX-Current-URL": PAGE}


def page(client: StrictClient) -> Element:
    return parse(client.get(PAGE).content.decode())


def is_counted(client: StrictClient) -> bool:
    """Whether the navigation says that a key waits for a person."""
    count = page(client).find("#keys-to-mend")
    assert count
    return "hidden" not in count.attrs and text(count).startswith("1")


def text(element: Element | None) -> str:
    assert element
    return " ".join(element.text().split())


def row(client: StrictClient) -> str:
    return text(page(client).find(".keys tbody"))


def card(client: StrictClient) -> str:
    return next(words for one in page(client).find_all(".prov") if "Mountsea" in (words := text(one)))
