"""The connectors that receive, as their files are now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from c360_connectors.reading.connector import SUFFIX, read_connector
from c360_connectors.receiving.receive import Receive
from c360_connectors.receiving.signature import Secrets
from c360_connectors.refusals import ConnectorInvalid
from c360_connectors.secrets import lines_in
from c360_federation.caches import Lru

_KEPT = 1_000
_Mark = tuple[int, int]


class Receiver(NamedTuple):
    """One that receives, and what holds of its secrets."""

    receive: Receive
    secrets: Secrets


class Receivers:
    """Reads connectors of a folder; `secrets_of` says where the secrets of one are."""

    def __init__(self, folder: Path, secrets_of: Callable[[str], Path]) -> None:
        self._folder = folder
        self._secrets_of = secrets_of
        self._read: Lru[str, tuple[_Mark, Receive]] = Lru(_KEPT)

    async def named(self, name: str) -> Receiver:
        """The one of this name, with its secrets of now.

        Raises `ConnectorInvalid` (CONNECTOR_MISSING) where none receives under it, `SettingsError`.
        """
        return await asyncio.to_thread(self._named, name)

    def _named(self, name: str) -> Receiver:
        receive = self._receive(name)
        secrets: Mapping[str, Sequence[str]] = lines_in(self._secrets_of(name), receive.secrets)
        return Receiver(receive, secrets)

    def _receive(self, name: str) -> Receive:
        mark = self._mark(name)
        known = self._read.get(name)
        if known is not None and known[0] == mark:
            return known[1]
        found = read_connector(self._folder, name).receive
        if found is None:
            raise _missing()
        self._read.put(name, (mark, found))
        return found

    def _mark(self, name: str) -> _Mark:
        try:
            found = (self._folder / f"{Path(name).name}{SUFFIX}").stat()
        except (OSError, ValueError) as error:
            # Which files there are is nobody's business outside.
            raise _missing() from error
        return found.st_mtime_ns, found.st_size


def _missing() -> ConnectorInvalid:
    return ConnectorInvalid("nothing is received under this name", code="CONNECTOR_MISSING")
