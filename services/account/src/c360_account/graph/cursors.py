"""Places of accounts in one order, in cursors; those of another order are refused.

Without an order a cursor is an id, which tells nothing and is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.record import TraitValue

from c360_account.domain.listing import Orders, Place

_ACCOUNTS = "Query.accounts"
_ID = re.compile("c[a-z2-7]{24}")


@dataclass(frozen=True, slots=True)
class Cursors:
    """Of a list in these orders."""

    sealer: CursorSealer
    orders: Orders

    def write(self, place: Place) -> str:
        """The cursor of a place."""
        return self.sealer.seal(self._connection, place) if self.orders else place.id

    def read(self, cursor: str | None) -> Place | None:
        """The place in a cursor. Raises `CursorInvalid`."""
        if self.orders:
            return self.sealer.read(self._connection, cursor, _place)
        if cursor is not None and not _ID.fullmatch(cursor):
            raise CursorInvalid
        return None if cursor is None else Place((), cursor)

    @property
    def _connection(self) -> str:
        named = (f"{one.by} {'DESC' if one.descending else 'ASC'}" for one in self.orders)
        return " ".join([_ACCOUNTS, *named])


def _place(values: Sequence[TraitValue | None], id_: str) -> Place:
    return Place(tuple(values), id_)
