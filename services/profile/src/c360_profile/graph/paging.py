"""Pages and cursors. A cursor holds the sort key of its edge, not an offset."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson
from c360_kernel.catalog.model import TraitType
from c360_kernel.errors import Invalid
from c360_kernel.record import TraitValue

from c360_profile.domain.event import TimelinePlace
from c360_profile.domain.golden import fits
from c360_profile.domain.query import Order, Place

LARGEST_PAGE = 200
DEFAULT_PAGE = 20
_TIMELINE = "timeline"
_CUSTOMERS = "customers"
_INTEGERS = range(-(2**63), 2**63)


def page_size(first: int) -> int:
    """The size of a page as asked for. Raises `Invalid` PAGE_TOO_LARGE or PAGE_SIZE_INVALID."""
    if first > LARGEST_PAGE:
        raise Invalid(f"first is at most {LARGEST_PAGE}", code="PAGE_TOO_LARGE")
    if first < 0:
        raise Invalid("first is negative", code="PAGE_SIZE_INVALID")
    return first


def timeline_cursor(place: TimelinePlace) -> str:
    """The cursor of an event."""
    return _write([_TIMELINE, *place])


def read_timeline_cursor(cursor: str) -> TimelinePlace:
    """The place in a cursor. Raises `Invalid` CURSOR_INVALID."""
    match _read(cursor):
        case [kind, int() as occurred_at, str() as source, str() as message_id] if (
            kind == _TIMELINE and occurred_at in _INTEGERS
        ):
            return TimelinePlace(occurred_at, source, message_id)
        case _:
            raise _refused()


class CustomerCursors(NamedTuple):
    """Cursors of customers in one order; those of another order are refused."""

    order: Order | None
    traits: Mapping[str, TraitType]

    def write(self, id_: str, golden: Mapping[str, TraitValue]) -> str:
        """The cursor of a customer."""
        value = golden.get(self.order.trait) if self.order else None
        return _write([_CUSTOMERS, self._order(), value, id_])

    def read(self, cursor: str) -> Place:
        """The place in a cursor. Raises `Invalid` CURSOR_INVALID."""
        match _read(cursor):
            case [kind, told, value, str() as id_] if (
                kind == _CUSTOMERS and told == self._order() and self._is_sortable(value)
            ):
                return Place(cast("TraitValue | None", value), id_)
            case _:
                raise _refused()

    def _order(self) -> list[object] | None:
        return list(self.order) if self.order else None

    def _is_sortable(self, value: object) -> bool:
        if value is None or self.order is None:
            return value is None
        if isinstance(value, int) and value not in _INTEGERS:
            return False
        return fits(self.traits[self.order.trait].type, cast(TraitValue, value))


def _write(parts: object) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).decode()


def _read(cursor: str) -> Any:  # noqa: ANN401 - whatever JSON a caller made up
    try:
        return orjson.loads(urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError):
        raise _refused() from None


def _refused() -> Invalid:
    return Invalid("after is not a cursor of this connection", code="CURSOR_INVALID")
