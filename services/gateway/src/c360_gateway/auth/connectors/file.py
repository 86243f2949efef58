"""The keys of connectors: a file of JSON lines, one a key or a revocation, only ever added to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from logging import getLogger
from pathlib import Path

from c360_federation.reloading import FileWatch
from c360_kernel.errors import SettingsError

from c360_gateway.auth.connectors.key import (
    ConnectorKey,
    KeyRevoked,
    NoConnectorKey,
    parts_of,
    read_line,
)
from c360_gateway.auth.errors import Reason, TokenRefused
from c360_gateway.auth.revocation import Credential
from c360_gateway.auth.trusted import Accepted

ISSUER = "c360-keys"
_OTHERS_WRITE = 0o002
_log = getLogger(__name__)


@dataclass(slots=True)
class KeyLines:
    """What a file says: keys by their identifier, those revoked, and the lines that say nothing."""

    keys: dict[str, ConnectorKey] = field(default_factory=dict[str, ConnectorKey])
    revoked: set[str] = field(default_factory=set[str])
    wrong: list[int] = field(default_factory=list[int])

    def active(self) -> dict[str, ConnectorKey]:
        """The keys that nothing revoked."""
        return {one: key for one, key in self.keys.items() if one not in self.revoked}


class ConnectorKeys:
    """The keys that are accepted. Without a file there are none.

    At the start a line that is not understood is refused (`SettingsError`). Later on it is logged,
    and until it is mended no key is taken that was not before: the line may be a revocation.
    """

    def __init__(self, file: Path, now_s: Callable[[], float] = time.time) -> None:
        self._file = file
        self._now_s = now_s
        self._watch = FileWatch(lambda: [file])
        self._watch.changed()
        found = read_keys(file)
        if found.wrong:
            raise SettingsError(
                f"{file.name}: line {found.wrong[0]} is no key of a connector",
                code="CONNECTOR_KEYS_INVALID",
            )
        self._keys: Mapping[str, ConnectorKey] = {}
        self._origins: frozenset[str] = frozenset()
        self._use(found.active())

    def accept(self, shown: str) -> Accepted:
        """What a key lets its holder do; raises `TokenRefused`."""
        key_id, secret = parts_of(shown)
        key = self._keys.get(key_id)
        if key is None:
            raise TokenRefused(Reason.KEY_UNKNOWN)
        if not key.is_secret(secret):
            raise TokenRefused(Reason.SIGNATURE_WRONG)
        if key.expires_at <= self._now_s():
            raise TokenRefused(Reason.EXPIRED)
        roles = tuple(sorted(key.rights.roles))
        credential = Credential(key_id, key.connector, roles, key.issued_at)
        return Accepted(ISSUER, key_id, credential, key.rights, key.expires_at)

    def has_key(self, key_id: str) -> bool:
        """Whether a key is accepted still."""
        return key_id in self._keys

    def lists(self, origin: str) -> bool:
        """Whether a key that is accepted names this origin."""
        return origin in self._origins

    def origins_of(self, key_id: str) -> frozenset[str]:
        """The origins that a key names; none for one that is bound to none, or is no key."""
        key = self._keys.get(key_id)
        return key.origins if key else frozenset()

    def refresh(self) -> bool:
        """Look at the file; true if other keys are accepted now."""
        if not self._watch.changed():
            return False
        try:
            found = read_keys(self._file)
        except (OSError, SettingsError) as error:
            _log.error("the keys of connectors are kept as they are: %s", type(error).__name__)
            return False
        return self._took(found)

    def _took(self, found: KeyLines) -> bool:
        before, active = self._keys, found.active()
        if found.wrong:
            message = "%s: line %s is no key of a connector; no new key is taken"
            _log.error(message, self._file.name, found.wrong[0])
            active = {one: key for one, key in active.items() if before.get(one) == key}
        self._use(active)
        return active != before

    def _use(self, keys: Mapping[str, ConnectorKey]) -> None:
        self._keys = keys
        self._origins = frozenset(one for key in keys.values() for one in key.origins)


def read_keys(file: Path) -> KeyLines:
    """What the file says; nothing if there is none.

    A file that others may write is refused (`SettingsError`, KEY_FILE_EXPOSED): whoever adds a line
    is let in.
    """
    found = KeyLines()
    if not file.exists():
        return found
    if file.stat().st_mode & _OTHERS_WRITE:
        raise SettingsError(
            f"{file.name} may be written by others: chmod o-w it", code="KEY_FILE_EXPOSED"
        )
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
        if line.strip():
            _take(found, number, line)
    return found


def _take(found: KeyLines, number: int, line: bytes) -> None:
    try:
        key_line = read_line(line)
    except NoConnectorKey:
        found.wrong.append(number)
        return
    if isinstance(key_line, KeyRevoked):
        found.revoked.add(key_line.key_id)
    else:
        found.keys[key_line.key_id] = key_line
