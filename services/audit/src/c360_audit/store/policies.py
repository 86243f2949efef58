"""Which policy decided at a time, over which schema, from what is on record."""

from __future__ import annotations

from c360_kernel.payload import OperationAudited

from c360_audit.domain.operation import AuditQuery
from c360_audit.store.port import AuditLog

_OPERATION, _PUBLISHED, _SERVED = "operation", "policy_published", "schema_changed"
_IN_USE = "in_use"
_NEAREST = 20


async def policy_at(log: AuditLog, at: int | None) -> str:
    """The version in force before a time (ms UTC; None: now); "" where none is on record.

    It is what the last operation was decided by, or what a gateway took since.
    """
    found: list[tuple[int, str]] = []
    for leaf in await log.latest(AuditQuery(until=at, kind=_OPERATION), None, 1):
        found.append((leaf.audited.operation.at, leaf.audited.operation.policy_version))
    for leaf in await log.latest(AuditQuery(until=at, kind=_PUBLISHED), None, _NEAREST):
        operation = leaf.audited.operation
        if operation.outcome == _IN_USE:
            found.append((operation.at, operation.target))
            break
    return max(found, default=(0, ""))[1]


async def schema_at(log: AuditLog, at: int | None) -> str:
    """The schema that was served before a time (ms UTC; None: now); "" where none is on record.

    Where retention took what said so, the first change since then tells what was there before it.
    """
    for leaf in await log.latest(AuditQuery(until=at, kind=_SERVED), None, 1):
        return leaf.audited.operation.target
    first = await _first_change(log, AuditQuery(since=at, kind=_SERVED))
    return "" if first is None else first.details.get("before", "")


async def _first_change(log: AuditLog, query: AuditQuery) -> OperationAudited | None:
    found = await log.page(query, -1, 1)
    return found[0].audited.operation if found else None
