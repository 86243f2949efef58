"""An operation on record, and what to look for among them."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.payload import OperationAudited

from c360_audit.domain.marks import KIND, RULE, TAG, marks_of


@dataclass(frozen=True, slots=True)
class Audited:
    """One operation as its log entry says it. `data` is the very payload: proofs are about it."""

    entry_id: str
    data: bytes
    operation: OperationAudited

    @property
    def marks(self) -> frozenset[str]:
        """What it can be found by, besides who, whom and when (`c360_audit.domain.marks`)."""
        return marks_of(self.operation)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A kept operation. Numbers start at 0, never change, and have no gaps but at the beginning."""

    number: int
    audited: Audited


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for; whatever is given must hold.

    Times are milliseconds UTC, from `since` until before `until`. `subjects` are audit names of
    customers, any of whom it touched; a customer has several names when it was several before.
    """

    since: int | None = None
    until: int | None = None
    principal: str | None = None
    subjects: frozenset[str] = frozenset()
    coordinate: str | None = None
    tag: str | None = None
    rule: str | None = None
    kind: str | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks that all have to be there, sorted."""
        named = ((TAG, self.tag), (RULE, self.rule), (KIND, self.kind), ("", self.coordinate))
        return tuple(sorted(kind + name for kind, name in named if name is not None))
