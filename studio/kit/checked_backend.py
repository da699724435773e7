"""Connections to public addresses only, or to what an admin has named: checked where the connection is made.

The address that was checked is the one that is connected to, so a name that resolves differently the second time
gains nothing.
"""

import asyncio
from collections.abc import Iterable

import httpcore

from studio.kit.addresses import resolve


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections only to addresses that were checked, in the moment in which they are used.

    TLS still verifies the name, and the request still carries it: only the way there is by address.
    """

    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        self._allowed_hosts = allowed_hosts
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await resolve(host, port, self._allowed_hosts)
                return await self._connect_to_first(addresses, port, timeout, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    async def _connect_to_first(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,  # noqa: ASYNC109
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        """Try the addresses in turn, each with its share of the time."""
        share_s = None if timeout is None else timeout / max(len(addresses), 1)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, share_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
