"""Customer queries as MongoDB filters, from operators that every server here is right about.

`$regex` with every special character escaped tests texts; the rest is equality, ranges, `$in`,
`$exists`, and `$and`, `$or`, `$nor` of those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from c360_kernel.conditions.operators import Operator
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest
from c360_kernel.mongodb import Document

from c360_profile.domain.query import CustomerQuery, Order, Place

LIVE: Mapping[str, Any] = {"ended": False}
_EVERYBODY: Document = {"_id": {"$exists": True}}
_NOBODY: Document = {"_id": {"$in": []}}
# MongoDB takes patterns up to 32,764 bytes; escaped, a character can take five.
_LONGEST_PATTERN = 4_096
_COMPARISONS: Mapping[Operator, str] = {
    "equals": "$eq",
    "in": "$in",
    "greater_than": "$gt",
    "at_least": "$gte",
    "less_than": "$lt",
    "at_most": "$lte",
}

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
    if not _can_be_said(condition):
        return Selection(dict(LIVE), condition)
    return Selection(_both(dict(LIVE), _filter(condition)))


def parts(chosen: Document, query: CustomerQuery) -> Sequence[Part]:
    """The finds that together give the customers between the query's places, in its order.

    From the end, they and what they find come in the opposite order.
    """
    onward = -1 if query.from_end else 1
    if query.order is None:
        return [Part(_all(chosen, *_between_ids(query)), [("_id", onward)])]
    having = _having(chosen, query, query.order, onward)
    lacking = _lacking(chosen, query, query.order, onward)
    found = [*having, *lacking]
    return found[::-1] if query.from_end else found


def _having(chosen: Document, query: CustomerQuery, order: Order, onward: int) -> list[Part]:
    """Those with the trait, unless they all come before `after`."""
    field = f"traits.{order.trait}"
    wanted: list[Document] = [chosen, {field: {"$exists": True}}]
    further, nearer = ("$lt", "$gt") if order.descending else ("$gt", "$lt")
    if query.after is not None:
        if query.after.value is None:
            return []
        wanted.append(_past(field, query.after, further, "$gt"))
    if query.before is not None and query.before.value is not None:
        wanted.append(_past(field, query.before, nearer, "$lt"))
    direction = -onward if order.descending else onward
    return [Part(_all(*wanted), [(field, direction), ("_id", onward)])]


def _lacking(chosen: Document, query: CustomerQuery, order: Order, onward: int) -> list[Part]:
    """Those without the trait, who come last, unless they all come after `before`."""
    wanted: list[Document] = [chosen, {f"traits.{order.trait}": {"$exists": False}}]
    if query.before is not None:
        if query.before.value is not None:
            return []
        wanted.append({"_id": {"$lt": query.before.id}})
    if query.after is not None and query.after.value is None:
        wanted.append({"_id": {"$gt": query.after.id}})
    return [Part(_all(*wanted), [("_id", onward)])]


def _between_ids(query: CustomerQuery) -> list[Document]:
    bounds = [("$gt", query.after), ("$lt", query.before)]
    return [{"_id": {side: place.id}} for side, place in bounds if place is not None]


def _past(field: str, place: Place, in_value: str, in_id: str) -> Document:
    among_equals = {field: place.value, "_id": {in_id: place.id}}
    return {"$or": [{field: {in_value: place.value}}, among_equals]}


def _all(*wanted: Document) -> Document:
    return {"$and": list(wanted)}


def _filter(condition: ValueCondition) -> Document:
    match condition:
        case ValueTest(operator="not_equals"):
            return _fails(replace(condition, operator="equals"))
        case ValueTest(operator="missing"):
            return _fails(replace(condition, operator="exists"))
        case ValueTest():
            return {"$or": [{field: passing} for field, passing in _tests(condition)]}
        case Not():
            return _opposite(condition.part)
        case All():
            return {"$and": [_filter(part) for part in condition.parts] or [_EVERYBODY]}
        case AnyOf():
            return {"$or": [_filter(part) for part in condition.parts] or [_NOBODY]}


def _opposite(condition: ValueCondition) -> Document:
    match condition:
        case ValueTest(operator="not_equals"):
            return _filter(replace(condition, operator="equals"))
        case ValueTest(operator="missing"):
            return _filter(replace(condition, operator="exists"))
        case ValueTest():
            return _fails(condition)
        case Not():
            return _filter(condition.part)
        case All():
            return _filter(AnyOf(tuple(map(Not, condition.parts))))
        case AnyOf():
            return _filter(All(tuple(map(Not, condition.parts))))


def _tests(test: ValueTest) -> Sequence[tuple[str, Document]]:
    """Fields with what one of them has to pass."""
    value, items = f"traits.{test.name}", f"lists.{test.name}"
    match test.operator:
        case "exists":
            return [(value, {"$exists": True}), (items, {"$exists": True})]
        case "contains":
            return [(value, {"$regex": _literal(test.wanted)}), (items, {"$eq": test.wanted})]
        case "starts_with":
            return [(value, {"$regex": f"^{_literal(test.wanted)}"})]
        case _:
            wanted = list(test.wanted) if isinstance(test.wanted, tuple) else test.wanted
            return [(value, {_COMPARISONS[test.operator]: wanted})]


def _fails(test: ValueTest) -> Document:
    # A field that is missing fails, in so many words: not every server concludes it.
    return {
        "$and": [
            {"$or": [{field: {"$exists": False}}, {"$nor": [{field: passing}]}]}
            for field, passing in _tests(test)
        ]
    }


def _can_be_said(condition: ValueCondition) -> bool:
    match condition:
        case Not():
            return _can_be_said(condition.part)
        case All() | AnyOf():
            return all(map(_can_be_said, condition.parts))
        case ValueTest(operator="contains" | "starts_with", wanted=str() as text):
            return len(text) <= _LONGEST_PATTERN and "\0" not in text
        case ValueTest(operator="equals" | "not_equals", wanted=tuple()):
            return False
        case ValueTest():
            return True


def _literal(wanted: object) -> str:
    """A pattern for exactly this text, in every dialect: words and what is not ASCII as it is."""
    return "".join(
        character if character.isalnum() or not character.isascii() else f"\\{character}"
        for character in str(wanted)
    )


def _both(one: Document, other: Document) -> Document:
    return {"$and": [one, other]}
