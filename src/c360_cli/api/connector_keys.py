"""Keys of connectors, made and taken back in the file that the gateway watches."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from c360_gateway.auth.claims import Rights
from c360_gateway.auth.connectors.file import KeyLines, read_keys
from c360_gateway.auth.connectors.key import ConnectorKey, KeyRevoked, make_key
from c360_gateway.auth.line_file import append_line
from c360_gateway.http.origins import is_origin
from c360_gateway.settings import GatewaySettings
from c360_kernel.errors import Invalid, NotFound, SettingsError

from c360_cli.api.credentials import refuse_unknown_sources
from c360_cli.directory import DataDirectory
from c360_cli.running.lifetime import seconds_of_life

Record: TypeAlias = Callable[[str], None]
"""Puts on record what is done with the key of an id. What it raises, and nothing is done."""
MOST_ACTIVE = 2
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class ConnectorKeyIssuing:
    """Makes and revokes the keys of one instance, whether it runs or not.

    Each of them is on record before it is done, and what is refused is not.
    """

    def __init__(self, data: Path) -> None:
        self._directory = DataDirectory(data)
        self._directory.require()
        self._file = GatewaySettings(data=data).connector_keys_file

    def add(
        self,
        connector: str,
        roles: Sequence[str],
        sources: Sequence[str],
        purpose: str,
        expires: str,
        record: Record,
        origins: Sequence[str] = (),
    ) -> tuple[str, str]:
        """Id and text of a new connector's first key; browsers use it from pages of `origins`.

        Raises `Invalid` (CONNECTOR_NAME_INVALID, CONNECTOR_EXISTS, UNKNOWN_SOURCE,
        EXPIRES_INVALID, ORIGIN_INVALID).
        """
        if not _NAME.fullmatch(connector):
            raise Invalid(
                "a connector is named by lower-case letters, digits, '.', '_' and '-'",
                code="CONNECTOR_NAME_INVALID",
            )
        if self._active(connector):
            raise Invalid("this connector has a key: rotate it", code="CONNECTOR_EXISTS")
        refuse_unknown_sources(self._directory, sources)
        if not all(map(is_origin, origins)):
            message = "an origin is written in full, as https://app.example:8443"
            raise Invalid(message, code="ORIGIN_INVALID")
        rights = Rights(frozenset(roles), purpose, frozenset(sources))
        return self._issue(connector, rights, expires, record, frozenset(origins))

    def rotate(self, connector: str, expires: str, record: Record) -> tuple[str, str]:
        """Id and text of another key with the rights of the newest.

        Raises `NotFound` (CONNECTOR_UNKNOWN), `Invalid` (CONNECTOR_KEYS_ACTIVE) while two hold.
        """
        active = self._active(connector)
        if not active:
            raise NotFound("no key of this connector holds: add one", code="CONNECTOR_UNKNOWN")
        if len(active) >= MOST_ACTIVE:
            raise Invalid(
                f"{MOST_ACTIVE} keys of this connector hold: revoke {active[0].key_id} first",
                code="CONNECTOR_KEYS_ACTIVE",
            )
        newest = active[-1]
        return self._issue(connector, newest.rights, expires, record, newest.origins)

    def revoke(self, key_id: str, record: Record) -> None:
        """Take a key back. Raises `NotFound` (CONNECTOR_KEY_UNKNOWN) if none of this id holds."""
        if key_id not in self._read().active():
            raise NotFound("no key of this id holds", code="CONNECTOR_KEY_UNKNOWN")
        record(key_id)
        append_line(self._file, KeyRevoked(key_id).line())

    def listed(self) -> Iterator[dict[str, Any]]:
        """What may be told of each key that holds."""
        for key in self._read().active().values():
            members: dict[str, Any] = json.loads(key.line())
            del members["sha256"]
            yield members

    def _issue(
        self,
        connector: str,
        rights: Rights,
        expires: str,
        record: Record,
        origins: frozenset[str],
    ) -> tuple[str, str]:
        life_s = seconds_of_life(expires)
        shown, kept = make_key(connector, rights, int(time.time()), life_s, origins)
        record(kept.key_id)
        append_line(self._file, kept.line())
        return kept.key_id, shown

    def _active(self, connector: str) -> list[ConnectorKey]:
        """Those that let it in now, the oldest first."""
        now = time.time()
        keys = self._read().active().values()
        return [key for key in keys if key.connector == connector and key.expires_at > now]

    def _read(self) -> KeyLines:
        found = read_keys(self._file)
        if found.wrong:
            raise SettingsError(
                f"{self._file.name}: line {found.wrong[0]} is no key of a connector",
                code="CONNECTOR_KEYS_INVALID",
            )
        return found
