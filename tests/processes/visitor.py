"""A person with a browser that runs no scripts: signs in, fills the form that the page shows, reads the cards."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from tests.bench.markup import Element, parse
from tests.processes.installation import SignIn

PAGE = "/p/playground/"


class Visitor:
    """Use as a context manager. Every answer that is an error of the server fails the test."""

    def __init__(self, url: str) -> None:
        self._headers = {"referer": url}
        self._client = httpx.Client(
            base_url=url, trust_env=False, verify=False, timeout=30, follow_redirects=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def sign_in(self, person: SignIn) -> None:
        fields = _fields(self._page("/accounts/login/"), "login")
        answer = self.post("/accounts/login/", {**fields, "login": person.email, "password": person.password})
        assert answer.url.path == "/", answer.text

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path).raise_for_status()

    def post(self, path: str, fields: dict[str, str]) -> httpx.Response:
        return self._client.post(path, data=fields, headers=self._headers).raise_for_status()

    def form(self, model: str) -> dict[str, str]:
        """What a browser would send of the form of a model, filled with the model's documented example."""
        return _fields(self._page(f"{PAGE}?example={model}"), "in-prompt")

    def press(self, form: dict[str, str], prompt: str | None = None, token: str = "") -> None:
        """Press Generate, with another prompt if one is given. The same token again is the same press."""
        changes = {} if prompt is None else {"in-prompt": prompt}
        answer = self.post(f"{PAGE}generate", {**form, **changes, "press": token or str(uuid4())})
        assert answer.url.path == PAGE, parse(answer.text).text()

    def press_in_vain(self, form: dict[str, str]) -> Element:
        """Press Generate with something that can't be sent; return the form that comes back."""
        answer = self._client.post(f"{PAGE}generate", data=form, headers=self._headers)
        assert answer.status_code == 422, (answer.status_code, parse(answer.text).text())
        found = parse(answer.text).find("#composer-form")
        assert found, parse(answer.text).text()
        return found

    def submit(self, page: str, action: str) -> None:
        """Submit the form of a page whose address ends like this."""
        forms = self._page(page).find_all("form")
        form = next(form for form in forms if form.attrs.get("action", "").endswith(action))
        self.post(form.attrs["action"], dict(_values(form)))

    def pictures(self) -> list[str]:
        """The addresses of the images on the cards of the page, newest first."""
        images = self._page(PAGE).find_all(".gen img")
        return [image.attrs["src"] for image in images]

    def _page(self, path: str) -> Element:
        return parse(self.get(path).text)


def _fields(page: Element, name: str) -> dict[str, str]:
    """Read the values of the form in which the control of this name is."""
    control = page.find(f"[name={name}]")
    form = control.closest("form") if control else None
    assert form, f"no form with {name}: {page.text()}"
    return dict(_values(form))


def _values(form: Element) -> Iterator[tuple[str, str]]:
    for control in form.walk():
        name = control.attrs.get("name", "")
        if not name or "disabled" in control.attrs:
            continue
        if control.tag == "textarea":
            yield name, "".join(child for child in control.children if isinstance(child, str))
        elif control.tag == "select":
            options = control.find_all("option")
            chosen = next((option for option in options if "selected" in option.attrs), options[0])
            yield name, chosen.attrs.get("value", "")
        elif control.tag == "input" and _is_sent(control):
            yield name, control.attrs.get("value", "")


def _is_sent(control: Element) -> bool:
    kind = control.attrs.get("type", "text")
    if kind in ("radio", "checkbox"):
        return "checked" in control.attrs
    return kind not in ("file", "submit", "button")
