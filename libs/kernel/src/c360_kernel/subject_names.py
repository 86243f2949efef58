"""The names that customers have in the audit, each under a key that can be destroyed by itself.

A customer id is that of one source record, so its name is too. Once its key is destroyed nobody can
tell any more which acts touched it: the acts stay, and so do the hashes of their leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from logging import getLogger
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.file_marks import Marks, marks_of
from c360_kernel.held_keys import check_value, hold, lost, was_held
from c360_kernel.new_file import make_whole, replace_whole
from c360_kernel.punctured_key import POINT_BITS, PuncturedKey

FILE = "subjects.key"
_OWNER_ONLY = 0o600
_OTHERS = 0o007
_NOBODY = 2**POINT_BITS - 1
_NAME_BYTES = 16
_SECRET_BYTES = 32
_POINT_BYTES = POINT_BITS // 8
_REMEMBERED = 20_000
_LOOK_AGAIN_S = 1.0
_log = getLogger(__name__)


class SubjectNames:
    """Names customers by the keys in a file, which is made at first and read again when it changes.

    One that is lost is not made anew (KEY_MISSING), and another in its place is refused
    (KEY_REPLACED): nobody could tell who is named what is on record. It begins as a secret like
    any other; once a customer is forgotten, it is what is left of it. `earlier` is the key that
    all names were made under before there was one for each.
    """

    def __init__(self, file: Path, earlier: bytes) -> None:
        self._file = file
        self._earlier = earlier
        self._marks: Marks = ()
        self._known: OrderedDict[str, str] = OrderedDict()
        self._keys = self._read()

    def refresh(self) -> None:
        """Look at the file. Raises `SettingsError` for one that cannot be used, and keeps all."""
        if marks_of([self._file]) != self._marks:
            self._keys = self._read()
            self._known.clear()

    async def start(self) -> None:
        """It was read when this was made."""

    async def watch(self) -> None:
        """Look at the file for ever; one that cannot be used is told, and the last one holds."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            try:
                self.refresh()
            except SettingsError as error:
                _log.error("names of customers kept: %s: %s", error.code, error.message)
            except OSError as error:
                _log.error("names of customers kept: %s: %s", self._file.name, error)

    def name(self, customer: str) -> str:
        """Its name, 32 hex digits; of one that is forgotten one that it never has again."""
        known = self._known.get(customer)
        if known is not None:
            return known
        made = _named(self._keys, customer)
        if made is None:
            return secrets.token_hex(_NAME_BYTES)
        self._known[customer] = made
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return made

    def names(self, customers: Iterable[str]) -> tuple[str, ...]:
        """Their names, in an order that says nothing."""
        return tuple(sorted(map(self.name, customers)))

    def all_of(self, customer: str) -> frozenset[str]:
        """Every name that it has on record; none of one that is forgotten."""
        made = _named(self._keys, customer)
        return frozenset() if made is None else frozenset({made, self._earlier_name(customer)})

    def forget(self, customers: Iterable[str]) -> None:
        """Destroy the keys of their names, in the file as well."""
        keys = self._read()
        for customer in customers:
            keys = keys.without(_point(customer))
        replace_whole(self._file, keys.text().encode("ascii"), _OWNER_ONLY)
        self.refresh()

    def _earlier_name(self, customer: str) -> str:
        digest = hmac.digest(self._earlier, customer.encode(), hashlib.sha256)
        return digest[:_NAME_BYTES].hex()

    def _read(self) -> PuncturedKey:
        is_lost = was_held(self._file)
        with contextlib.suppress(FileNotFoundError):
            return self._opened()
        if is_lost:
            raise lost(self._file)
        make_whole(self._file, secrets.token_hex(_SECRET_BYTES).encode(), _OWNER_ONLY)
        return self._opened()

    def _opened(self) -> PuncturedKey:
        if self._file.stat().st_mode & _OTHERS:
            raise SettingsError(
                f"{self._file.name} is open to others: chmod 600 it", code="KEY_FILE_EXPOSED"
            )
        self._marks = marks_of([self._file])
        keys = _read_keys(self._file)
        _refuse_other(self._file, keys)
        return keys


def _point(customer: str) -> int:
    digest = hashlib.blake2b(customer.encode(), digest_size=_POINT_BYTES, person=b"c360-point")
    return int.from_bytes(digest.digest())


def _read_keys(file: Path) -> PuncturedKey:
    try:
        return PuncturedKey.read(file.read_text("ascii", "replace"))
    except SettingsError as error:
        raise SettingsError(
            f"{file} holds {error.message}: put it back from a back-up", code=error.code
        ) from None


def check_value_in(file: Path) -> str:
    """The check value of the keys in a file, whoever is forgotten: one point stays.

    Raises `SettingsError` for what are no keys.
    """
    return _checked(_read_keys(file))


def _checked(keys: PuncturedKey) -> str:
    key = keys.at(_NOBODY)
    return check_value(key) if key is not None else ""


def _refuse_other(file: Path, keys: PuncturedKey) -> None:
    """Refuse the keys of others (KEY_REPLACED)."""
    hold(file, _checked(keys))


def _named(keys: PuncturedKey, customer: str) -> str | None:
    key = keys.at(_point(customer))
    if key is None:
        return None
    return hashlib.blake2b(customer.encode(), digest_size=_NAME_BYTES, key=key).hexdigest()
