"""Facts of customers as marks: texts of one list, so that one index finds by all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from c360_kernel.catalog.model import MOST_SCORE
from c360_kernel.conditions.facts import SOURCES, is_fact, tag_of
from c360_kernel.conditions.operators import Operator, accepts, kind_of
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.mongodb import Document
from c360_kernel.record import TraitValue

from c360_profile.domain.customer import Customer

_BOUNDS: frozenset[Operator] = frozenset({"greater_than", "at_least", "less_than", "at_most"})
FACTS = "facts"
"""The field that holds the marks of a customer."""


def marks_of(customer: Customer) -> list[str]:
    """One for each fact that there is, and one for its value or for each item of it."""
    return sorted(_marks(customer.known))


def is_marked(test: ValueTest) -> bool:
    """Whether marks say whether a test of a fact passes."""
    if test.operator in ("equals", "not_equals"):
        return not isinstance(test.wanted, tuple)
    if test.operator in _BOUNDS:
        return tag_of(test.name) is not None and kind_of(test.wanted) == "number"
    is_item = test.operator == "contains" and test.name == SOURCES
    return is_item or test.operator in ("in", "exists", "missing")


def having(test: ValueTest) -> Sequence[Document]:
    """The filter of customers whose fact passes a test that marks tell of; none if nobody's."""
    name = _items_of(test.name) if test.operator == "contains" else test.name
    marks = [name] if test.operator == "exists" else _wanted_by(test, name)
    return [{FACTS: {"$in": marks}}] if marks else []


def _marks(known: Mapping[str, TraitValue]) -> Iterator[str]:
    for name, value in known.items():
        if is_fact(name):
            yield name
            items = value if isinstance(value, tuple) else ()
            yield from (_mark(_items_of(name), item) for item in items)
            if not isinstance(value, tuple):
                yield _mark(name, value)


def _wanted_by(test: ValueTest, name: str) -> Sequence[str]:
    if test.operator in _BOUNDS:
        # No score is outside of these.
        within = (one for one in range(MOST_SCORE + 1) if accepts(test.operator, one, test.wanted))
        return [_mark(name, one) for one in within]
    values = test.wanted if isinstance(test.wanted, tuple) else (test.wanted,)
    return [_mark(name, one) for one in values if one is not None and not isinstance(one, tuple)]


def _items_of(name: str) -> str:
    return f"{name}[]"


def _mark(name: str, value: str | float) -> str:
    """A number or yes or no has a sign of its own: no text is equal to it."""
    if isinstance(value, str):
        return f"{name}={value}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{name}#{value}"
