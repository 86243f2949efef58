"""A `DeliveryReader` for callers who are told of some customers only: it tells of no delivery.

Whom a message was about cannot be held against a scope once it was sent, and so nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.scope import Scope
from typing_extensions import override

from c360_activation.domain.delivery import Delivery, Standing
from c360_activation.store.port import DeliveryReader


def within(reader: DeliveryReader, scope: Scope) -> DeliveryReader:
    """What a reader tells to a caller of this scope; for one operation."""
    return reader if scope == EVERYBODY else ScopedReader()


class ScopedReader(DeliveryReader):
    """Tells of nothing."""

    @override
    async def standings(self) -> Mapping[str, Standing]:
        return {}

    @override
    async def numbers(self, destination: str) -> Mapping[str, int]:
        return {}

    @override
    async def latest(self, destination: str, before: int | None, limit: int) -> Sequence[Delivery]:
        return ()
