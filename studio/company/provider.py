"""What is asked of the provider, and what of its answers is believed.

OpenID Connect Core 1.0, the code flow: https://openid.net/specs/openid-connect-core-1_0.html. Why allauth's own client
isn't used for it, ADR 19 says.
"""

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import jwt

from project.company import Company
from studio.company.refusals import Reason, Refused
from studio.kit.http import Transports, read_body
from studio.kit.wire import HttpFailure, JsonObject

T = TypeVar("T")

# Over all that is asked at one step: the browser of a person waits for it.
DEADLINE_S: Final = 8.0
LEEWAY_S: Final = 60
_MAX_BYTES: Final = 1024 * 1024
_SCOPE: Final = "openid email profile"
# Signed with a key of its own only: with a secret that both know, whoever reads our settings could write tokens.
_ALGORITHMS: Final = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip
_NEEDED: Final = ["iss", "sub", "aud", "exp", "iat"]
_ADDRESS: Final = re.compile(r"https?://[!-~]+")
# As long as its column in allauth's table.
_SUBJECT: Final = re.compile(r"[!-~][ -~]{0,190}")
_EMAIL: Final = re.compile(r"[!-?A-~]+@[!-?A-~]+")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a browser takes along and has to bring back: known to it and to us only, and good once."""

    state: str
    nonce: str
    verifier: str
    challenge: str
    callback: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says that somebody is.

    `email` is in lower case, and empty unless the provider says that it is confirmed. `asked_at` is when it asked them
    who they are, in seconds, if it tells.
    """

    issuer: str
    subject: str
    email: str
    name: str
    asked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider describes itself: https://openid.net/specs/openid-connect-discovery-1_0.html."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    takes_secret_in_form: bool


def describe(company: Company) -> Provider:
    """Return how the provider describes itself now. Raises Refused."""
    return _within_deadline(lambda: _discover(company))


def address_to_leave_for(company: Company, ticket: Ticket, *, asks_anew: bool) -> str:
    """Return where the browser goes to be asked who its person is. Raises Refused."""
    provider = describe(company)
    asked = {
        "response_type": "code",
        "client_id": company.client_id,
        "redirect_uri": ticket.callback,
        "scope": _SCOPE,
        "state": ticket.state,
        "nonce": ticket.nonce,
        "code_challenge": ticket.challenge,
        "code_challenge_method": "S256",
        **({"prompt": "login"} if asks_anew else {}),
    }
    parts = urlsplit(provider.authorization)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *asked.items()]), fragment=""))


def identity_behind(company: Company, ticket: Ticket, code: str) -> Identity:
    """Exchange the code that a browser has brought back for who its person is. Raises Refused."""
    return _within_deadline(lambda: _identify(company, ticket, code))


async def _identify(company: Company, ticket: Ticket, code: str) -> Identity:
    provider = await _discover(company)
    answer = await _exchange(company, provider, ticket, code)
    keys = await _ask("GET", provider.keys)
    claims = _read_token(answer.get("id_token"), keys, provider, company)
    if claims.get("nonce") != ticket.nonce:
        raise Refused(Reason.UNTRUSTED, "the token's nonce is not the one that was sent")
    if not claims.keys() >= {"email", "email_verified"} and provider.userinfo:
        credential = {"authorization": f"Bearer {_text(answer, 'access_token')}"}
        found = await _ask("GET", provider.userinfo, credential)
        if found.get("sub") != claims["sub"]:
            raise Refused(Reason.UNTRUSTED, "userinfo is about somebody else")
        # Whether an address is confirmed is said beside it, never of the one that stands elsewhere.
        about = {name: found.get(name) for name in ("email", "email_verified")}
        claims = {**claims, **about, "name": claims.get("name") or found.get("name")}
    return _identity(company, claims)


def read_configuration(found: JsonObject, company: Company) -> Provider:
    """Return how a provider describes itself. Raises Refused where it is another one, or leads where none may."""
    issuer = _text(found, "issuer")
    if issuer.rstrip("/") != company.issuer:
        raise Refused(Reason.UNTRUSTED, "the issuer is not STUDIO_OIDC_URL")
    methods = found.get("token_endpoint_auth_methods_supported")
    return Provider(
        issuer=issuer,
        authorization=_address(found, "authorization_endpoint", company),
        token=_address(found, "token_endpoint", company),
        keys=_address(found, "jwks_uri", company),
        userinfo=_address(found, "userinfo_endpoint", company) if found.get("userinfo_endpoint") else "",
        takes_secret_in_form=isinstance(methods, list) and "client_secret_post" in methods,
    )


async def _discover(company: Company) -> Provider:
    return read_configuration(
        await _ask("GET", f"{company.issuer}/.well-known/openid-configuration"), company
    )


async def _exchange(company: Company, provider: Provider, ticket: Ticket, code: str) -> JsonObject:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": ticket.callback,
        "code_verifier": ticket.verifier,
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if provider.takes_secret_in_form:
        form |= {"client_id": company.client_id, "client_secret": company.client_secret}
    else:
        # https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1: each of the two is written as in a form.
        pair = f"{quote(company.client_id, safe='')}:{quote(company.client_secret, safe='')}"
        headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return await _ask("POST", provider.token, headers, urlencode(form).encode())


def _read_token(token: object, keys: JsonObject, provider: Provider, company: Company) -> JsonObject:
    """Return the claims of a token that this provider has signed for us and that is still good."""
    if not isinstance(token, str):
        raise Refused(Reason.UNTRUSTED, "no token was sent")
    try:
        named = jwt.get_unverified_header(token).get("kid")
        known = [one for one in jwt.PyJWKSet.from_dict(keys).keys if one.public_key_use in (None, "sig")]
        key = next(one for one in known if named is None or one.key_id == named)
        claims: JsonObject = jwt.decode(
            token,
            key.key,
            algorithms=_ALGORITHMS,
            issuer=provider.issuer,
            audience=company.client_id,
            leeway=LEEWAY_S,
            options={"require": _NEEDED},
        )
    except StopIteration:
        raise Refused(Reason.UNTRUSTED, "the token names a key that the provider doesn't have") from None
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        # What a key set or a token may hold, the package takes for granted here and there.
        raise Refused(Reason.UNTRUSTED, f"the token is not good: {type(error).__name__}") from None
    if claims.get("azp", company.client_id) != company.client_id:
        raise Refused(Reason.UNTRUSTED, "the token is for another application")
    return claims


def _identity(company: Company, claims: JsonObject) -> Identity:
    subject, asked_at = claims["sub"], claims.get("auth_time")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise Refused(Reason.UNTRUSTED, "the subject is not what one may be")
    email, name = claims.get("email"), claims.get("name")
    # Some say it as a word.
    confirmed = claims.get("email_verified")
    is_confirmed = confirmed is True or confirmed == "true"
    is_address = isinstance(email, str) and len(email) <= 254 and _EMAIL.fullmatch(email)
    return Identity(
        issuer=company.issuer,
        subject=subject,
        email=str(email).lower() if is_confirmed and is_address else "",
        name="".join(filter(str.isprintable, name)).strip()[:120] if isinstance(name, str) else "",
        asked_at=asked_at if isinstance(asked_at, int | float) else None,
    )


async def _ask(
    method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes | None = None
) -> JsonObject:
    """Return the object that is answered. What the provider says of an error may name anything: it is not kept."""
    headers = {"accept": "application/json", **(headers or {})}
    async with (
        Transports(has_keepalive=False) as transports,
        transports.open(method, url, timeout_s=DEADLINE_S, headers=headers, content=content) as answer,
    ):
        body = await read_body(answer, _MAX_BYTES)
    if answer.status != 200:
        reason = Reason.UNREACHABLE if answer.status >= 500 else Reason.UNTRUSTED
        raise Refused(reason, f"{urlsplit(url).path} was answered with HTTP {answer.status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(Reason.UNTRUSTED, f"{urlsplit(url).path} was answered with no object")
    return found


def _within_deadline(ask: Callable[[], Awaitable[T]]) -> T:
    async def wait() -> T:
        async with asyncio.timeout(DEADLINE_S):
            return await ask()

    try:
        return asyncio.run(wait())
    except TimeoutError:
        raise Refused(Reason.UNREACHABLE, f"no answer within {DEADLINE_S:.0f} s") from None
    except HttpFailure as error:
        raise Refused(Reason.UNREACHABLE, error.sentence) from None


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(Reason.UNTRUSTED, f"{name} is missing")
    return value


def _address(found: Mapping[str, object], name: str, company: Company) -> str:
    """Return an address of the provider. One that is asked under https never leads out of it."""
    value = _text(found, name)
    is_plain = value.startswith("http:") and not company.issuer.startswith("http:")
    if is_plain or not _ADDRESS.fullmatch(value) or not _has_host(value):
        raise Refused(Reason.UNTRUSTED, f"{name} is no address that may be asked")
    return value


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
