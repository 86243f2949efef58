"""Which policy decided at a time, from what is on record."""

from __future__ import annotations

from c360_audit.domain.operation import AuditQuery
from c360_audit.store.port import AuditLog

_OPERATION, _PUBLISHED = "operation", "policy_published"
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
