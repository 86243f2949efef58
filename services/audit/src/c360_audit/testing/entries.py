"""Audited operations to try a log with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from c360_kernel.log.entry import Entry, Partition, entry_at
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.testing.entries import new_entry

from c360_audit.domain.operation import AuditQuery
from c360_audit.handlers.handler import AuditHandler
from c360_audit.store.port import AuditLog

ALL = AuditQuery()
PLACE = Partition(AUDIT, 0)


def operation(
    at: int = 1_700_000_000_000,
    principal: str = "ann",
    subjects: Sequence[str] = (),
    coordinates: Sequence[str] = (),
    tag: str = "name",
    rule: str = "r1",
    **details: Any,  # noqa: ANN401 - fields of the payload
) -> OperationAudited:
    """An operation that was shown these coordinates of these customers."""
    uses = tuple(CoordinateUse(one, "select", "allow", rule, tag) for one in coordinates)
    fields: dict[str, Any] = {"roles": ("agent",), "purpose": "service", "policy_version": "v"}
    fields |= {"operation_kind": "query", "operation_hash": "h", "outcome": "answered"}
    fields |= {"uses": uses, "subjects": tuple(subjects), "at": at} | details
    return OperationAudited(principal, **fields)


def entry(name: str, act: OperationAudited, offset: int = 0) -> Entry:
    """The log entry of an operation."""
    made = new_entry(AUDIT, act.principal, act, entry_id=name)
    return entry_at(made, PLACE, offset)


async def keep(log: AuditLog, *entries: Entry) -> None:
    """Keep a batch without a position."""
    async with log.unit() as unit:
        await AuditHandler().handle(unit, entries)


async def names(log: AuditLog, query: AuditQuery = ALL, after: int = -1) -> list[str]:
    """The ids of the entries that a query finds."""
    return [leaf.audited.entry_id for leaf in await log.page(query, after, 1_000)]
