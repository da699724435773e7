"""Starts the provider and a Studio that trusts it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.identity.serve import PASSWORD
from tests.server import ROOT, WebServer, free_port, wait_for

__all__ = ["PASSWORD", "IdentityServer"]

CLIENT_ID, CLIENT_SECRET = "studio", "what only the two of them know"


class IdentityServer:
    """The provider as a process; it knows these people, and the Studio of this address."""

    def __init__(self, folder: Path, people: Sequence[str]) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._folder, self._people = folder, people
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def studio_settings(self) -> dict[str, str]:
        """What Studio's environment says of it."""
        return {
            "STUDIO_OIDC_URL": self.url,
            "STUDIO_OIDC_CLIENT_ID": CLIENT_ID,
            "STUDIO_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "STUDIO_OIDC_NAME": "Acme",
        }

    def start(self, studio: WebServer) -> None:
        key = generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self._folder / "key.pem").write_bytes(pem)
        command = [sys.executable, "-m", "tests.identity.serve", self.url.rpartition(":")[2]]
        command += [CLIENT_ID, CLIENT_SECRET, f"{studio.url}/accounts/company/callback/", *self._people]
        environment = {**os.environ, "IDENTITY_FOLDER": str(self._folder)}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def wait(self) -> None:
        wait_for(f"{self.url}/.well-known/openid-configuration")

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
