"""The company's provider on localhost: an honest one, until a test says what it does otherwise."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from pytest_django import Settings

from project.company import Company
from tests.bench.client import StrictClient
from tests.bench.markup import parse

CLIENT_ID = "studio"
CLIENT_SECRET = "what-only-the-two-know/+&"
BEGIN, CALLBACK = "/accounts/company/", "/accounts/company/callback/"

OWN_KEY = "the provider's"

Claims = dict[str, Any]


@cache
def private_key(name: str) -> RSAPrivateKey:
    """Return a key; another one for each name."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Faults:
    """What it does otherwise. `claims` stand in the token in place of what would be true; None leaves one out.

    `answers` are bodies by path, whatever was asked; `statuses` their status. `sign` writes the token itself.
    """

    claims: Claims = field(default_factory=dict)
    userinfo: Claims = field(default_factory=dict)
    configuration: Claims = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    sign: Callable[[Claims], str] | None = None
    waits_at: str = ""
    drips_at: str = ""


class CompanyProvider:
    """Runs in a thread. `people` are the claims about each person, by their subject."""

    def __init__(self) -> None:
        self.people: dict[str, Claims] = {}
        self.faults = Faults()
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._is_over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/realms/acme"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._thread.start()

    def company(self, **more: Any) -> Company:
        """Return what the settings of Studio say of it."""
        return Company(self.url, CLIENT_ID, CLIENT_SECRET, **{"name": "Acme", **more})

    def knows(self, subject: str, email: str, **claims: Any) -> None:
        """Have it know a person, whose address it has confirmed."""
        about = {"email": email, "email_verified": True, "name": subject.title(), **claims}
        self.people[subject] = {name: value for name, value in about.items() if value is not None}

    def visit(self, address: str, subject: str) -> str:
        """Open the address as a person whom it knows; return where they are sent back to."""
        assert address.startswith(f"{self.url}/authorize?"), address
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = {**asked, "subject": subject}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, path: str, form: dict[str, str], credential: str) -> tuple[int, Claims]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "userinfo_endpoint": f"{self.url}/userinfo",
                **self.faults.configuration,
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(OWN_KEY).public_key()))
            return 200, {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
        if path == "/token":
            return self._exchange(form, credential)
        if path == "/userinfo":
            subject = credential.removeprefix("Bearer access-")
            return 200, {"sub": subject, **self.people[subject], **self.faults.userinfo}
        return 404, {}

    def _exchange(self, form: dict[str, str], credential: str) -> tuple[int, Claims]:
        """Give a token for a code, once, to the client that it was given for and that can prove it."""
        pair = base64.b64encode(f"{CLIENT_ID}:what-only-the-two-know%2F%2B%26".encode()).decode()
        in_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not (in_form or credential == f"Basic {pair}"):
            return 401, {"error": "invalid_client"}
        if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": asked["subject"],
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.people[asked["subject"]],
            **self.faults.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        sign = self.faults.sign or sign_honestly
        return 200, {
            "id_token": sign(claims),
            "access_token": f"access-{asked['subject']}",
            "token_type": "Bearer",
        }

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the request's handler below
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._reply(self)

            def do_POST(self) -> None:
                provider._reply(self)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def _reply(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0].removeprefix("/realms/acme")
        body = handler.rfile.read(int(handler.headers.get("content-length", 0))).decode()
        self.asked.append(path)
        status, found = self._answer(path, dict(parse_qsl(body)), handler.headers.get("authorization", ""))
        if self.faults.waits_at == path:
            self._is_over.wait(20)
            return
        text = self.faults.answers.get(path, json.dumps(found).encode())
        handler.send_response(self.faults.statuses.get(path, status))
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(text)))
        handler.end_headers()
        pieces = [bytes([byte]) for byte in text] if self.faults.drips_at == path else [text]
        with suppress(OSError):
            for piece in pieces:
                handler.wfile.write(piece)
                if len(pieces) > 1 and self._is_over.wait(0.05):
                    return


def sign_honestly(claims: Claims, *, key: str = OWN_KEY, kid: str = "one") -> str:
    return jwt.encode(claims, private_key(key), algorithm="RS256", headers={"kid": kid})


def begin(client: StrictClient, url: str = BEGIN, **data: str) -> str:
    """Press the button; return the address at the provider to which the page leads."""
    answer = client.post(url, data)
    assert answer.status_code == 200, answer.content.decode()
    link = parse(answer.content.decode()).find("a.btn")
    assert link is not None
    return link.attrs["href"]


def come_by(client: StrictClient, provider: CompanyProvider, subject: str, **data: str) -> Any:
    """Go to the provider and back as the person of this subject; return the answer to that."""
    back = urlsplit(provider.visit(begin(client, **data), subject))
    assert back.path == CALLBACK
    return client.get(f"{back.path}?{back.query}")


@pytest.fixture
def provider(settings: Settings) -> Iterator[CompanyProvider]:
    """The provider, with which Studio is set up."""
    provider = CompanyProvider()
    settings.COMPANY = provider.company()
    yield provider
    if provider.is_running:
        provider.stop()
