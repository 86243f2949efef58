"""Ports to the customers of today, and to what is on record of whom operations touched."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from c360_kernel.conditions.tree import ValueCondition


class Touching(NamedTuple):
    """How many operations touched any of some customers, and which of them they touched, by id."""

    operations: int
    customers: frozenset[str]


class CustomersToday(Protocol):
    """Everybody who is a customer now. Its methods raise `Transient`."""

    async def count(self, condition: ValueCondition) -> int:
        """How many meet a condition."""
        ...

    async def matching(self, condition: ValueCondition) -> frozenset[str]:
        """The ids of all who meet a condition."""
        ...

    async def consenting(self, purpose: str) -> frozenset[str]:
        """The ids of all who consent to a purpose."""
        ...


class TouchedCustomers(Protocol):
    """Knows whom operations touched that are counted under keys. Raises `Transient`."""

    async def touching(self, keys: Collection[str], customers: Collection[str]) -> Touching:
        """What those operations had to do with these customers, each by the id it has today."""
        ...
