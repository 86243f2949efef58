"""Tests of a policy as they are written: who asks for what, and what is to be answered.

A test is every combination of its principals, purposes, acts and coordinates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from c360_policy.mask.spec import parse_mask
from c360_policy.objects import ACTS
from c360_policy.rule import Act
from c360_policy.table import Access

READ, ALLOW, MASK, DENY = "read", "allow", "mask", "deny"
_MASKED = "mask:"


class Expected(NamedTuple):
    """The answer that is to be given: `read` and `allow` are one, `mask` is any mask."""

    word: str

    def holds(self, found: Access) -> bool:
        """Whether this is the answer."""
        if self.word in (READ, ALLOW):
            return found.action == "allow"
        if self.word in (MASK, DENY):
            return found.action == self.word
        return str(found) == self.word

    @classmethod
    def of(cls, text: str) -> Expected:
        """The expectation of a text. Raises `ValueError` for what is none."""
        if text in (READ, ALLOW, MASK, DENY):
            return cls(text)
        if text.startswith(_MASKED):
            return cls(f"{_MASKED}{parse_mask(text.removeprefix(_MASKED))}")
        raise ValueError(f"expected {READ}, {MASK}, {_MASKED}KIND or {DENY}")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose questions are tried. `opened` are roles that were opened for them."""

    name: str
    roles: frozenset[str]
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Test:
    """One test: every principal, purpose, act and coordinate with each other.

    `at_ms` is when it is asked, ms UTC; `line` is where the test begins, from 1.
    """

    __test__ = False

    name: str
    line: int
    principals: tuple[Principal, ...]
    purposes: tuple[str, ...]
    acts: tuple[Act, ...]
    expected: Mapping[str, Expected]
    at_ms: float

    def questions(self) -> Iterator[Question]:
        """Each of them."""
        for who, purpose, act in product(self.principals, self.purposes, self.acts):
            for coordinate, expected in self.expected.items():
                yield Question(self, who, purpose, act, coordinate, expected)


class Question(NamedTuple):
    """One question of a test."""

    test: Test
    principal: Principal
    purpose: str
    act: Act
    coordinate: str
    expected: Expected


def acts_of(names: Collection[str]) -> tuple[Act, ...]:
    """The acts of these names. Raises `ValueError` for a name that is none."""
    found: tuple[Act, ...] = tuple(act for act in ACTS if act in names)
    if len(found) < len(set(names)):
        raise ValueError(f"an act is one of {', '.join(ACTS)}")
    return found
