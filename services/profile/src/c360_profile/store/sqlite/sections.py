"""Parts of a list of customers, each a list in the further orders."""

from __future__ import annotations

from typing import NamedTuple

from c360_profile.domain.query import Order, Orders, Place
from c360_profile.store.sqlite.golden import Cell, cell


class Section(NamedTuple):
    """The part of a list between two places, which say where customers stand in these orders."""

    orders: Orders
    after: Place | None
    before: Place | None

    @property
    def first(self) -> Order:
        """The first order."""
        return self.orders[0]

    def having(self, value: Cell | None) -> Section:
        """Of it those who have this value of the first trait, or lack it."""
        after, before = (
            Place(place.values[1:], place.id) if place and value_at(place) == value else None
            for place in (self.after, self.before)
        )
        return Section(self.orders[1:], after, before)


def value_at(place: Place) -> Cell | None:
    """The first value of a place, as it stands in the index; None where it is lacking."""
    value = place.values[0]
    return None if value is None else cell(value)
