"""Places of events and customers, in cursors. A cursor holds the sort key of its edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.record import TraitValue
from c360_kernel.value_types import Typed, fits

from c360_profile.domain.customer import Customer
from c360_profile.domain.event import TimelinePlace
from c360_profile.domain.ordering import place_of
from c360_profile.domain.query import Order, Orders, Place
from c360_profile.domain.search.search import Found, FoundPlace

_TIMELINE = "Customer.timeline"
_CUSTOMERS = "Query.customers"
_SEARCH = "Query.searchCustomers"


@dataclass(frozen=True, slots=True)
class TimelineCursors:
    """Cursors of events, good in every customer's timeline: records move between customers."""

    sealer: CursorSealer

    def write(self, place: TimelinePlace) -> str:
        """The cursor of an event."""
        return self.sealer.seal(_TIMELINE, place)

    def read(self, cursor: str | None) -> TimelinePlace | None:
        """The place in a cursor. Raises `CursorInvalid`."""
        return self.sealer.read(_TIMELINE, cursor, TimelinePlace)


@dataclass(frozen=True, slots=True)
class CustomerCursors:
    """Cursors of customers in one order; those of another order are refused.

    So are those whose values are not of their trait's type, as the catalog says it now.
    """

    sealer: CursorSealer
    orders: Orders
    traits: Mapping[str, Typed]

    def write(self, customer: Customer) -> str:
        """The cursor of a customer."""
        return self.sealer.seal(self._connection, place_of(customer, self.orders))

    def read(self, cursor: str | None) -> Place | None:
        """The place in a cursor. Raises `CursorInvalid`."""
        place = self.sealer.read(self._connection, cursor, _place)
        if place is not None and not all(map(self._is_of_type, self.orders, place.values)):
            raise CursorInvalid
        return place

    def _is_of_type(self, order: Order, value: TraitValue | None) -> bool:
        return value is None or fits(self.traits[order.trait].type, value)

    @property
    def _connection(self) -> str:
        named = (f"{one.trait} {'DESC' if one.descending else 'ASC'}" for one in self.orders)
        return " ".join([_CUSTOMERS, *named])


@dataclass(frozen=True, slots=True)
class SearchCursors:
    """Cursors of customers that one text finds; those of another one are refused.

    So are those of a time when customers stood elsewhere: nobody may come after such a place.
    """

    sealer: CursorSealer
    text: str

    def write(self, found: Found) -> str:
        """The cursor of a customer."""
        return self.sealer.seal(self._connection, found.place)

    def read(self, cursor: str | None) -> FoundPlace | None:
        """The place in a cursor. Raises `CursorInvalid`."""
        place = self.sealer.read(self._connection, cursor, FoundPlace)
        if place is not None and not place.is_present:
            raise CursorInvalid
        return place

    @property
    def _connection(self) -> str:
        return f"{_SEARCH} {self.text}"


def _place(values: Sequence[TraitValue | None], id_: str) -> Place:
    return Place(tuple(values), id_)
