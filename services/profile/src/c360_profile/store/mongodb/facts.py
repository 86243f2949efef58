"""Facts of customers as marks: texts of one list, so that one index finds by all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from c360_kernel.conditions.facts import is_fact
from c360_kernel.conditions.operators import Wanted
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.mongodb import Document
from c360_kernel.record import TraitValue

from c360_profile.domain.customer import Customer

FACTS = "facts"
"""The field that holds the marks of a customer."""


def marks_of(customer: Customer) -> list[str]:
    """One for each fact that there is, and one for each of its values."""
    return sorted(_marks(customer.known)) if customer.known is not customer.traits else []


def is_marked(test: ValueTest) -> bool:
    """Whether marks say whether a test of a fact passes."""
    if test.operator in ("equals", "not_equals"):
        return not isinstance(test.wanted, tuple)
    return test.operator in ("in", "exists", "missing")


def having(test: ValueTest) -> Sequence[Document]:
    """The filter of customers whose fact passes an `equals`, `in` or `exists`; none if nobody's."""
    marks = [test.name] if test.operator == "exists" else _wanted(test.name, test.wanted)
    return [{FACTS: {"$in": marks}}] if marks else []


def _marks(known: Mapping[str, TraitValue]) -> Iterator[str]:
    for name, value in known.items():
        if is_fact(name):
            yield name
            yield _mark(name, str(value))


def _wanted(name: str, wanted: Wanted) -> Sequence[str]:
    texts = wanted if isinstance(wanted, tuple) else (wanted,)
    return [_mark(name, one) for one in texts if isinstance(one, str)]


def _mark(name: str, value: str) -> str:
    return f"{name}={value}"
