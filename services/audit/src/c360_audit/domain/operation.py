"""An operation on record, and what to look for among them."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.payload import OperationAudited


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


@dataclass(frozen=True, slots=True)
class Leaf:
    """A kept operation. Numbers start at 0, never change, and have no gaps but at the beginning."""

    number: int
    audited: Audited


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for; whatever is given must hold.

    Times are milliseconds UTC, from `since` until before `until`. `subject` is a customer's
    audit name, a keyed hash.
    """

    since: int | None = None
    until: int | None = None
    principal: str | None = None
    subject: str | None = None
    coordinate: str | None = None
