"""A person at the app, over HTTP: signs in, reads the form and presses the button as a browser would."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from uuid import uuid4

import httpx

from benchmarks.app import App, BenchmarkFailed

PROJECT = "/p/playground/"
MODEL = "mountsea:nano-banana-2"
TIMEOUT_S = 60.0


class Visitor:
    """Signed in as the first admin. Presses at the same time have connections of their own, as from many browsers."""

    def __init__(self, app: App) -> None:
        limits = httpx.Limits(max_connections=None)
        self._client = httpx.Client(base_url=app.url, timeout=TIMEOUT_S, limits=limits, trust_env=False)
        self._sign_in(*app.sign_in())
        self.cookies = dict(self._client.cookies)
        self._form = self._read_form()

    def press(self, prompt: str) -> None:
        """Press the button once. Raises BenchmarkFailed when nothing was queued."""
        filled = {"in-prompt": prompt, "press": str(uuid4())}
        fields = [(name, value) for name, value in self._form if name not in filled] + list(filled.items())
        answer = self._client.post(
            f"{PROJECT}generate",
            files=[(name, (None, value)) for name, value in fields],
            headers={"HX-Request": "true"},
        )
        if answer.status_code != 200 or "batch-" not in answer.text:
            raise BenchmarkFailed(f"A press was answered with {answer.status_code}, and queued nothing.")

    def press_all(self, prompts: Iterable[str], at_once: int) -> None:
        """Press once for each prompt, so many at once."""
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(self.press, prompt) for prompt in prompts]:
                done.result()

    def _sign_in(self, email: str, password: str) -> None:
        page = self._client.get("/accounts/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token is None:
            raise BenchmarkFailed("The sign-in page has no form.")
        answer = self._client.post(
            "/accounts/login/",
            data={"csrfmiddlewaretoken": token[1], "login": email, "password": password, "remember": "on"},
        )
        if answer.status_code != 302:
            raise BenchmarkFailed(f"Signing in was answered with {answer.status_code}.")

    def _read_form(self) -> list[tuple[str, str]]:
        reader = _FormReader("composer-form")
        reader.feed(self._client.get(PROJECT, params={"model": MODEL}).text)
        if not reader.fields:
            raise BenchmarkFailed("The studio page has no form.")
        return reader.fields


class _FormReader(HTMLParser):
    """Collects what a form would send as it stands."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self._form_id = form_id
        self._is_inside = False
        self._select = ""
        self.fields: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._is_inside = given.get("id") == self._form_id
        if not self._is_inside:
            return
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields.append((self._select, given.get("value") or ""))
        elif tag == "textarea" and name:
            self.fields.append((name, ""))
        elif tag == "input" and name and _is_sent(given):
            self.fields.append((name, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False


def _is_sent(given: dict[str, str | None]) -> bool:
    kind = given.get("type") or "text"
    if kind in ("radio", "checkbox"):
        return "checked" in given
    return kind not in ("file", "submit", "button")
