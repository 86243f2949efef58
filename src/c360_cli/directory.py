"""The data directory of an instance: where everything is, and what a first start puts there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from c360_kernel.context import SubgraphKeys
from c360_kernel.errors import SettingsError

_KEY_BYTES = 32
_OWNER_ONLY = 0o600


class DataDirectory:
    """Paths below one directory. Secrets are files only their owner may read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "log"
        self.catalog = root / "catalog.yaml"
        self.policy = root / "policy"
        self.imports = root / "imports"
        self.run = root / "run"

    def require(self) -> None:
        """Refuse a directory that no instance was started in."""
        if not (self.log / "log.db").exists():
            raise SettingsError(
                f"{self.root} holds no instance: start one with `c360 up --data {self.root}`",
                code="DATA_DIRECTORY_EMPTY",
            )

    def store(self, service: str) -> Path:
        """The embedded store of a service."""
        return self.root / f"{service}.db"

    def key(self, name: str) -> bytes:
        """A secret of this instance, made when it is first asked for."""
        path = self.root / "keys" / f"{name}.key"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _read_secret(path)
        except FileNotFoundError:
            return _make_secret(path)

    def subgraph_keys(self, service: str) -> SubgraphKeys:
        """The keys that sign and check caller contexts for one subgraph."""
        return SubgraphKeys(current="k1", secrets={"k1": self.key(f"subgraph-{service}")})


def _read_secret(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} may be read by others: chmod 600 it", code="KEY_FILE_EXPOSED")
    return bytes.fromhex(path.read_text().strip())


def _make_secret(path: Path) -> bytes:
    """Write under another name first: of several processes starting at once, one wins whole."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES))
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return _read_secret(path)
