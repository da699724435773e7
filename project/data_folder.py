"""The one folder that holds what an installation owns: database, files and generated secrets."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from project.environment import WrongSetting


@dataclass(frozen=True)
class DataFolder:
    """The data folder, made on first use with mode 0700; secrets in it are readable by the owner only."""

    path: Path

    def make(self) -> None:
        """Make the folder, for its owner only. Raises WrongSetting where that can't be done."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from None
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise self._unusable(PermissionError(13, "permission denied"))

    def _unusable(self, error: OSError) -> WrongSetting:
        reason = (error.strerror or str(error)).lower()
        return WrongSetting(
            f"STUDIO_DATA_DIR is “{self.path}”, but must be a folder that Studio can write to ({reason})."
        )

    def secret(self, name: str) -> str:
        """Return the secret of this name, generated the first time it is asked for."""
        return self._read_or_create(name, secrets.token_urlsafe(50))

    @property
    def encryption_keys_file(self) -> Path:
        return self.path / "secrets" / "encryption_keys"

    def make_encryption_key(self) -> None:
        """Generate the key that encrypts what is stored, unless it is there."""
        self._read_or_create(self.encryption_keys_file.name, Fernet.generate_key().decode())

    def _read_or_create(self, name: str, fresh: str) -> str:
        folder = self.path / "secrets"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / name
        temporary = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        if not file.exists():
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(fresh)
            try:
                # A link fails when another process was first, so both read the same secret.
                os.link(temporary, file)
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        return file.read_text().strip()
