"""The port of the audit log: what was done, numbered in the order it was kept, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from c360_kernel.projection.port import FedStore, Unit

from c360_audit.domain.operation import Audited, AuditQuery, Leaf
from c360_audit.domain.placed_entry import PlacedEntry
from c360_audit.store.evidence import AuditEvidence
from c360_audit.store.summary import AuditSummary
from c360_audit.store.trees import AuditTrees


class AuditUnit(Unit, Protocol):
    """One batch on its way into the log."""

    def keep(self, audited: Sequence[Audited]) -> None:
        """Number these, in order, after all that are kept; those with a known id are left out."""
        ...

    def place(self, placed: Sequence[PlacedEntry]) -> None:
        """Append these to the trees, each at its place; those that they have are left out."""
        ...


class AuditLog(FedStore, AuditSummary, Protocol):
    """An append-only store fed from the topic `audit`.

    Whoever keeps takes the next number by compare-and-set: of two writers at once one has a
    `Conflict` and repeats. What a unit keeps may stay when its position could not be moved;
    handling the same entries again changes nothing.
    """

    @property
    def trees(self) -> AuditTrees:
        """The trees over the places where its entries stand."""
        ...

    def evidence(self) -> AbstractAsyncContextManager[AuditEvidence]:
        """All that is kept, for a block, to be checked; nothing else is asked meanwhile."""
        ...

    def unit(self) -> AbstractAsyncContextManager[AuditUnit]:
        """Open a unit of work."""
        ...

    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        """At most `limit` leaves numbered above `after` (-1: from the first), by number."""
        ...

    async def latest(self, query: AuditQuery, before: int | None, limit: int) -> Sequence[Leaf]:
        """At most `limit` leaves numbered below `before` (None: to the last), newest first."""
        ...

    async def expire(self, before: int, limit: int) -> int:
        """Remove at most `limit` leaves of before a time (ms UTC), save the newest; how many.

        The newest one stays, whatever its age: the next number follows from it. With the last of
        them goes what `AuditSummary` says of nothing younger.
        """
        ...
