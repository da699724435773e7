"""Posting to an address that a person has typed: public addresses only, no redirects, nothing of ours along."""

import asyncio
from collections.abc import Iterable, Mapping

from studio.kit.addresses import AddressRefused, check_url
from studio.kit.checked_backend import CheckedBackend
from studio.kit.errors import StudioError
from studio.kit.http import Transports
from studio.kit.wire import HttpFailure


class PostFailed(StudioError):
    """Nothing was answered; the sentence says why."""


async def post(
    url: str, body: bytes, *, headers: Mapping[str, str], allowed_hosts: Iterable[str], deadline_s: float
) -> int:
    """Post the body and return the status of the answer, which is not read. Raises PostFailed.

    `allowed_hosts` are the "host:port" that may be plain http or private.
    """
    allowed = frozenset(host.strip().lower() for host in allowed_hosts)
    try:
        check_url(url, allowed)
        async with (
            asyncio.timeout(deadline_s),
            Transports(has_keepalive=False, backend=CheckedBackend(allowed)) as transports,
            transports.open("POST", url, timeout_s=deadline_s, headers=headers, content=body) as answer,
        ):
            return answer.status
    except AddressRefused as error:
        raise PostFailed(error.sentence) from error
    except TimeoutError as error:
        raise PostFailed(f"No answer within {deadline_s:.0f} seconds.") from error
    except HttpFailure as error:
        raise PostFailed("The connection failed, or broke before there was an answer.") from error
