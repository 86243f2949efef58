"""Customer queries as finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from c360_kernel.conditions.tree import All, ValueCondition, conjuncts
from c360_kernel.mongodb import Document

from c360_profile.domain.query import CustomerQuery, Order, Place
from c360_profile.store.mongodb.filters import filter_of, is_expressible

LIVE: Mapping[str, Any] = {"ended": False}

Sorting = Sequence[tuple[str, int]]


class Part(NamedTuple):
    """A find whose results come before those of the next part."""

    filter: Document
    sort: Sorting


class Selection(NamedTuple):
    """The filter of live customers that meet a condition.

    What no filter can say is left in `rest`, to be tested on each customer found.
    """

    filter: Document
    rest: ValueCondition | None = None


def select(condition: ValueCondition) -> Selection:
    """Live customers that meet a condition."""
    parts = list(conjuncts(condition))
    rest = tuple(part for part in parts if not is_expressible(part))
    said = All(tuple(part for part in parts if is_expressible(part)))
    return Selection(_both(dict(LIVE), filter_of(said)), All(rest) if rest else None)


def parts(chosen: Document, query: CustomerQuery) -> Sequence[Part]:
    """The finds that together give the customers between the query's places, in its order.

    From the end, they and what they find come in the opposite order. Of several orders the first
    counts: equal customers come by id, and the bounds of a page are left to who sorts them.
    """
    onward = -1 if query.from_end else 1
    if not query.orders:
        return [Part(_all(chosen, *_between_ids(query)), [("_id", onward)])]
    having = _having(chosen, query, query.orders[0], onward)
    lacking = _lacking(chosen, query, query.orders[0], onward)
    found = [*having, *lacking]
    return found[::-1] if query.from_end else found


def _having(chosen: Document, query: CustomerQuery, order: Order, onward: int) -> list[Part]:
    """Those with the trait, unless they all come before `after`."""
    field = f"traits.{order.trait}"
    wanted: list[Document] = [chosen, {field: {"$exists": True}}]
    further, nearer = ("$lt", "$gt") if order.descending else ("$gt", "$lt")
    if query.after is not None:
        if query.after.values[0] is None:
            return []
        wanted.append(_past(field, query, query.after, further, "$gt"))
    if query.before is not None and query.before.values[0] is not None:
        wanted.append(_past(field, query, query.before, nearer, "$lt"))
    direction = -onward if order.descending else onward
    return [Part(_all(*wanted), [(field, direction), ("_id", onward)])]


def _lacking(chosen: Document, query: CustomerQuery, order: Order, onward: int) -> list[Part]:
    """Those without the trait, who come last, unless they all come after `before`."""
    wanted: list[Document] = [chosen, {f"traits.{order.trait}": {"$exists": False}}]
    if query.before is not None and query.before.values[0] is not None:
        return []
    if len(query.orders) == 1:
        if query.before is not None:
            wanted.append({"_id": {"$lt": query.before.id}})
        if query.after is not None and query.after.values[0] is None:
            wanted.append({"_id": {"$gt": query.after.id}})
    return [Part(_all(*wanted), [("_id", onward)])]


def _between_ids(query: CustomerQuery) -> list[Document]:
    bounds = [("$gt", query.after), ("$lt", query.before)]
    return [{"_id": {side: place.id}} for side, place in bounds if place is not None]


def _past(field: str, query: CustomerQuery, place: Place, in_value: str, in_id: str) -> Document:
    value = place.values[0]
    if len(query.orders) > 1:
        return {"$or": [{field: {in_value: value}}, {field: value}]}
    return {"$or": [{field: {in_value: value}}, {field: value, "_id": {in_id: place.id}}]}


def _all(*wanted: Document) -> Document:
    return {"$and": list(wanted)}


def _both(one: Document, other: Document) -> Document:
    return {"$and": [one, other]}
