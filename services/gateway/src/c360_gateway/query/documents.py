"""The documents that a request may name instead of sending: registered ones, and automatic ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from logging import getLogger
from operator import attrgetter
from pathlib import Path

import orjson
from c360_federation.errors import FederationError
from c360_federation.http import (
    AutomaticSettings,
    PersistedDocuments,
    read_manifest,
)
from c360_federation.reloading import FileWatch
from c360_kernel.errors import SettingsError

_log = getLogger(__name__)
_RECHECK_S = 1.0
# Made out with the table, so that no request has to be asked about.
_may_ask_ad_hoc = attrgetter("table.may_ask_ad_hoc")


class KnownDocuments:
    """Manifests of one file or of a directory's `*.json`, read again when they change.

    `current` are those of now, asked with a `TablePolicy`: whom that lets ask ad hoc may also send
    documents of its own, and have up to `automatic` of them remembered. A wrong manifest stops the
    start; a change that is wrong is logged and refused, and what was registered before stays.
    """

    def __init__(self, manifests: Path | None, automatic: int) -> None:
        self._manifests = manifests
        self._automatic = AutomaticSettings(kept=automatic) if automatic else None
        self._watch = FileWatch(self._files)
        self._watch.changed()
        self.current = self._read()

    def is_registered(self, text: str) -> bool:
        """Whether this very text is in a manifest."""
        return self.current.is_trusted(text)

    async def start(self) -> None:
        """They were read when this was made."""

    async def watch(self) -> None:
        """Look for other manifests for ever."""
        while True:
            await asyncio.sleep(_RECHECK_S)
            self.refresh()

    def refresh(self) -> None:
        """Take other manifests, if there are."""
        if not self._watch.changed():
            return
        try:
            self.current = self._read()
        except SettingsError as error:
            _log.error("documents kept: the changed ones are refused: %s", error.message)

    def _files(self) -> Sequence[Path]:
        if self._manifests is None:
            return ()
        if self._manifests.is_dir():
            return sorted(self._manifests.glob("*.json"))
        return (self._manifests,)

    def _read(self) -> PersistedDocuments:
        texts: dict[str, str] = {}
        for file in self._files():
            texts |= _texts_of(file)
        return PersistedDocuments(texts, _may_ask_ad_hoc, self._automatic)


def _texts_of(file: Path) -> dict[str, str]:
    try:
        return read_manifest(orjson.loads(file.read_bytes()))
    except OSError as error:
        raise SettingsError(f"{file.name} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{file.name} is not JSON") from error
    except FederationError as error:
        raise SettingsError(f"{file.name}: {error}") from error
