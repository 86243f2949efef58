"""Cursors: where a page goes on, sealed so that nobody else can read or make one.

A place may hold what policy guards, such as a message's id or the value that a list is sorted by.
AES-SIV (RFC 5297) is deterministic, so an edge has one cursor and no nonce has to be kept apart.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from c360_kernel.context import SubgraphKeys
from c360_kernel.errors import Invalid

_PURPOSE = b"c360-kernel:cursors"
_SMALLEST = 62

P = TypeVar("P")


class CursorInvalid(Invalid):
    """Not a cursor of this connection: forged, of another list, cut, or of a key that is gone."""

    code = "CURSOR_INVALID"

    def __init__(self) -> None:
        super().__init__("this is no cursor of this connection")


class _Key(NamedTuple):
    number: int
    cipher: AESSIV


class CursorSealer:
    """Seals places under the current key of a subgraph, and opens those of every active key.

    Every replica of a subgraph holds its keys, so a page may go on at another one.
    """

    def __init__(self, keys: SubgraphKeys) -> None:
        self._current = _key(keys.secrets[keys.current])
        self._keys = tuple(_key(secret) for secret in keys.secrets.values())

    def seal(self, connection: str, place: Iterable[object]) -> str:
        """The cursor of a place, whose parts are values of JSON, in a connection.

        `connection` names the list and all that its order depends on. The length says no more of
        the place than which power of two it needs.
        """
        plain = _padded(orjson.dumps(list(place)))
        sealed = self._current.cipher.encrypt(plain, [connection.encode()])
        return _text(bytes((self._current.number,)) + sealed)

    def open(self, connection: str, cursor: str) -> list[Any]:
        """The place of a cursor of this connection. Raises `CursorInvalid` for any other text."""
        number, sealed = _parts(cursor)
        for key in self._keys:
            if key.number == number and (opened := _opened(key.cipher, connection, sealed)):
                return orjson.loads(opened)
        raise CursorInvalid

    def read(self, connection: str, cursor: str | None, place: Callable[..., P]) -> P | None:
        """The place of a cursor, made of the parts that were sealed; None without a cursor.

        Raises `CursorInvalid`, also for parts of which no such place is made any more.
        """
        if cursor is None:
            return None
        parts = self.open(connection, cursor)
        try:
            return place(*parts)
        except TypeError:
            raise CursorInvalid from None


def _key(secret: bytes) -> _Key:
    derived = hmac.digest(secret, _PURPOSE, hashlib.sha512)
    return _Key(hashlib.sha256(derived).digest()[0], AESSIV(derived))


def _padded(plain: bytes) -> bytes:
    # Blanks after it mean nothing in JSON.
    size = _SMALLEST
    while size < len(plain):
        size *= 2
    return plain.ljust(size)


def _opened(cipher: AESSIV, connection: str, sealed: bytes) -> bytes | None:
    try:
        return cipher.decrypt(sealed, [connection.encode()])
    except (InvalidTag, ValueError):
        return None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _parts(cursor: str) -> tuple[int, bytes]:
    """The number of the key and what it sealed; one spelling alone is taken."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise CursorInvalid from None
    if not raw or _text(raw) != cursor:
        raise CursorInvalid
    return raw[0], raw[1:]
