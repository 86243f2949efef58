"""Tests of a policy as they are written: who asks for what, and what is to be answered.

A test is every combination of its principals, purposes, acts, customers and coordinates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from c360_policy.mask.spec import parse_mask
from c360_policy.objects import ACTS
from c360_policy.rule import Act
from c360_policy.trying.people import Answer, SomeCustomer, Who

READ, ALLOW, MASK, DENY = "read", "allow", "mask", "deny"
HIDDEN, NO_CONSENT = "hidden", "no_consent"
_WORDS = (READ, ALLOW, MASK, DENY, HIDDEN, NO_CONSENT)
_MASKED = "mask:"
_NOBODY = Who()


class Expected(NamedTuple):
    """The answer that is to be given.

    `read` and `allow` are one, `mask` is any mask, `deny` is also what wants a consent.
    """

    word: str

    def holds(self, found: Answer) -> bool:
        """Whether this is the answer."""
        if self.word == DENY:
            is_denied = found.access.action == DENY and found.withheld != HIDDEN
            return is_denied or found.withheld == NO_CONSENT
        if found.withheld:
            return self.word == found.withheld
        if self.word in (READ, ALLOW):
            return found.access.action == "allow"
        return found.access.action == MASK if self.word == MASK else str(found) == self.word

    @property
    def is_of_customers(self) -> bool:
        """Whether it can be said of a customer alone."""
        return self.word in (HIDDEN, NO_CONSENT)

    @classmethod
    def of(cls, text: str) -> Expected:
        """The expectation of a text. Raises `ValueError` for what is none."""
        if text in _WORDS:
            return cls(text)
        if text.startswith(_MASKED):
            return cls(f"{_MASKED}{parse_mask(text.removeprefix(_MASKED))}")
        known_texts = ", ".join((READ, MASK, f"{_MASKED}KIND", DENY, HIDDEN))
        raise ValueError(f"expected {known_texts} or {NO_CONSENT}")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose questions are tried. `opened` are roles that were opened for them."""

    name: str
    roles: frozenset[str]
    opened: frozenset[str] = frozenset()
    who: Who = _NOBODY


@dataclass(frozen=True, slots=True)
class TestCustomer:
    """A customer that is asked about: as it is described, or one of the instance's, by its id."""

    __test__ = False

    name: str
    described: SomeCustomer | None = None
    id: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Test:
    """One test: every principal, purpose, act, customer and coordinate with each other.

    `at_ms` is when it is asked, ms UTC; `line` is where the test begins, from 1. Without customers
    it is about nobody in particular.
    """

    __test__ = False

    name: str
    line: int
    principals: tuple[Principal, ...]
    purposes: tuple[str, ...]
    acts: tuple[Act, ...]
    expected: Mapping[str, Expected]
    at_ms: float
    customers: tuple[TestCustomer, ...] = ()

    def questions(self) -> Iterator[Question]:
        """Each of them."""
        whom = self.customers or (None,)
        for who, purpose, act, customer in product(self.principals, self.purposes, self.acts, whom):
            for coordinate, expected in self.expected.items():
                yield Question(self, who, purpose, act, coordinate, expected, customer)


class Question(NamedTuple):
    """One question of a test."""

    test: Test
    principal: Principal
    purpose: str
    act: Act
    coordinate: str
    expected: Expected
    customer: TestCustomer | None = None


def acts_of(names: Collection[str]) -> tuple[Act, ...]:
    """The acts of these names. Raises `ValueError` for a name that is none."""
    found: tuple[Act, ...] = tuple(act for act in ACTS if act in names)
    if len(found) < len(set(names)):
        raise ValueError(f"an act is one of {', '.join(ACTS)}")
    return found
