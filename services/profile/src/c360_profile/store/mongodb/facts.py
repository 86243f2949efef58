"""Facts of customers as marks: texts of one list, so that one index finds by all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from c360_kernel.conditions.facts import SOURCES, is_fact
from c360_kernel.conditions.operators import Wanted
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.mongodb import Document
from c360_kernel.record import TraitValue

from c360_profile.domain.customer import Customer

FACTS = "facts"
"""The field that holds the marks of a customer."""


def marks_of(customer: Customer) -> list[str]:
    """One for each fact that there is, and one for its value or for each item of it."""
    return sorted(_marks(customer.known))


def is_marked(test: ValueTest) -> bool:
    """Whether marks say whether a test of a fact passes."""
    if test.operator in ("equals", "not_equals"):
        return not isinstance(test.wanted, tuple)
    is_item = test.operator == "contains" and test.name == SOURCES
    return is_item or test.operator in ("in", "exists", "missing")


def having(test: ValueTest) -> Sequence[Document]:
    """The filter of customers whose fact passes a test that marks tell of; none if nobody's."""
    name = _items_of(test.name) if test.operator == "contains" else test.name
    marks = [name] if test.operator == "exists" else _wanted(name, test.wanted)
    return [{FACTS: {"$in": marks}}] if marks else []


def _marks(known: Mapping[str, TraitValue]) -> Iterator[str]:
    for name, value in known.items():
        if is_fact(name):
            yield name
            items = value if isinstance(value, tuple) else ()
            yield from (_mark(_items_of(name), item) for item in items)
            if isinstance(value, str):
                yield _mark(name, value)


def _wanted(name: str, wanted: Wanted) -> Sequence[str]:
    texts = wanted if isinstance(wanted, tuple) else (wanted,)
    return [_mark(name, one) for one in texts if isinstance(one, str)]


def _items_of(name: str) -> str:
    return f"{name}[]"


def _mark(name: str, value: str) -> str:
    return f"{name}={value}"
