"""A client of each API and the shared sandbox."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["api", "sandbox", "sandbox_process"]


@pytest.fixture
def api(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    headers = {"authorization": "Bearer sk-test"}
    with httpx.Client(
        base_url=sandbox.url, headers=headers, timeout=10, trust_env=False, verify=False
    ) as client:
        yield client
