"""The test browser that refuses what the content policy would block."""

from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from tests.bench.rules import assert_clean_markup


class StrictClient(Client):
    """Django's test client; every HTML answer is held to the rules of markup."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if _is_html(response):
            assert_clean_markup(response.content.decode())
        return response


def _is_html(response: HttpResponseBase) -> bool:
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
