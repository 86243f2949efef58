"""A connector's key: what its holder shows, and what is kept of it.

It reads `c360_ID_SECRET`: the prefix is for scanners of leaked secrets, the identifier says which
key it is. The secret is 256 random bits, so that a plain SHA-256 of it can be kept (a slow hash
is for what people think of).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from c360_gateway.auth.claims import Rights

PREFIX = "c360_"
_ID_BYTES = 6
_SECRET_BYTES = 32
_FIELDS: frozenset[str] = frozenset(
    ("key", "connector", "sha256", "roles", "sources", "purpose", "issued", "expires")
)
_ORIGINS = "origins"


class NoConnectorKey(Exception):
    """A line that says nothing of a key."""


@dataclass(frozen=True, slots=True)
class ConnectorKey:
    """What is kept of a key; times are whole seconds since the epoch.

    With `origins` browsers may use it from pages of these alone.
    """

    key_id: str
    connector: str
    digest: str
    rights: Rights
    issued_at: int
    expires_at: int
    origins: frozenset[str] = frozenset()

    def is_secret(self, secret: str) -> bool:
        """Whether it was made of this secret; takes as long for any."""
        return hmac.compare_digest(self.digest, _digest(secret))

    def line(self) -> str:
        """As the file holds it."""
        return json.dumps(
            {
                "key": self.key_id,
                "connector": self.connector,
                "sha256": self.digest,
                "roles": sorted(self.rights.roles),
                "sources": sorted(self.rights.sources),
                "purpose": self.rights.purpose,
                "issued": _instant(self.issued_at),
                "expires": _instant(self.expires_at),
                **({_ORIGINS: sorted(self.origins)} if self.origins else {}),
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """A key that holds no more."""

    key_id: str

    def line(self) -> str:
        """As the file holds it."""
        return json.dumps({"revoked": self.key_id})


def make_key(
    connector: str,
    rights: Rights,
    issued_at: int,
    life_s: int,
    origins: frozenset[str] = frozenset(),
) -> tuple[str, ConnectorKey]:
    """A new key: what its holder shows, once, and what is kept."""
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    ends_at = issued_at + life_s
    kept = ConnectorKey(key_id, connector, _digest(secret), rights, issued_at, ends_at, origins)
    return f"{PREFIX}{key_id}_{secret}", kept


def parts_of(shown: str) -> tuple[str, str]:
    """Identifier and secret of what a connector shows; both empty if it is none."""
    key_id, mark, secret = shown.removeprefix(PREFIX).partition("_")
    return (key_id, secret) if mark and shown.startswith(PREFIX) else ("", "")


def read_line(line: bytes) -> ConnectorKey | KeyRevoked:
    """What a line says; raises `NoConnectorKey`."""
    try:
        read: object = json.loads(line)
        if not isinstance(read, dict):
            raise NoConnectorKey
        fields = cast("Mapping[str, object]", read)
        return _revoked(fields) if "revoked" in fields else _key(fields)
    except (ValueError, RecursionError):
        raise NoConnectorKey from None


def _revoked(fields: Mapping[str, object]) -> KeyRevoked:
    if fields.keys() ^ {"revoked"}:
        raise NoConnectorKey
    return KeyRevoked(_text(fields, "revoked"))


def _key(fields: Mapping[str, object]) -> ConnectorKey:
    if (fields.keys() ^ _FIELDS) - {_ORIGINS}:
        raise NoConnectorKey
    purpose = fields["purpose"]
    if not isinstance(purpose, str):
        raise NoConnectorKey
    # Whoever is told and writes nothing names no source.
    sources = _texts(fields["sources"]) if fields["sources"] != [] else frozenset[str]()
    rights = Rights(_texts(fields["roles"]), purpose, sources)
    return ConnectorKey(
        key_id=_text(fields, "key"),
        connector=_text(fields, "connector"),
        digest=_text(fields, "sha256"),
        rights=rights,
        issued_at=_seconds(_text(fields, "issued")),
        expires_at=_seconds(_text(fields, "expires")),
        origins=_texts(fields[_ORIGINS]) if _ORIGINS in fields else frozenset(),
    )


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise NoConnectorKey
    return value


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise NoConnectorKey
    texts = cast("Iterable[object]", value)
    found = frozenset(one for one in texts if isinstance(one, str) and one)
    if len(found) != len(cast("list[object]", value)) or not found:
        raise NoConnectorKey
    return found


def _seconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise NoConnectorKey
    return int(at.timestamp())


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
