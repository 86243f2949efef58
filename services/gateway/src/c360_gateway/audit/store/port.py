"""The port of the audit log: what was done, numbered in the order it was kept, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import OperationAudited
from c360_kernel.projection.port import Unit
from c360_kernel.projection.service import FedStore


@dataclass(frozen=True, slots=True)
class Audited:
    """One operation as its log entry says it. `data` is the very payload: proofs are about it."""

    entry_id: str
    data: bytes
    operation: OperationAudited

    @property
    def coordinates(self) -> frozenset[str]:
        """Every coordinate that was used or refused."""
        return frozenset(use.coordinate for use in self.operation.uses)


def read_audited(entry_id: str, data: bytes) -> Audited:
    """What an entry says; `Invalid` (PAYLOAD_MALFORMED) when it says nothing."""
    return Audited(entry_id, data, decode(AUDIT, data))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A kept operation. Numbers start at 0, never change, and have no gaps but at the beginning."""

    number: int
    audited: Audited


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for; whatever is given must hold.

    Times are milliseconds UTC, from `since` until before `until`. `subject` is a customer's
    audit name (`subject_hash`).
    """

    since: int | None = None
    until: int | None = None
    principal: str | None = None
    subject: str | None = None
    coordinate: str | None = None


class AuditUnit(Unit, Protocol):
    """One batch on its way into the log."""

    def keep(self, audited: Sequence[Audited]) -> None:
        """Number these, in order, after all that are kept; those with a known id are left out."""
        ...


class AuditLog(FedStore, Protocol):
    """An append-only store fed from the topic `audit`.

    Whoever keeps takes the next number by compare-and-set: of two writers at once one has a
    `Conflict` and repeats. What a unit keeps may stay when its position could not be moved;
    handling the same entries again changes nothing.
    """

    def unit(self) -> AbstractAsyncContextManager[AuditUnit]:
        """Open a unit of work."""
        ...

    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        """At most `limit` leaves numbered above `after` (-1: from the first), by number."""
        ...

    async def expire(self, before: int, limit: int) -> int:
        """Remove at most `limit` leaves of before a time (ms UTC), save the newest; how many.

        The newest one stays, whatever its age: the next number follows from it.
        """
        ...
