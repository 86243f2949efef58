"""The attributes that principals asked with last, by which rules about rows told them of whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from c360_kernel.attributes import DETAIL

from c360_audit.domain.operation import AuditQuery
from c360_audit.domain.performed import OPERATION
from c360_audit.store.port import AuditLog


async def attributes_of(log: AuditLog, principals: Collection[str]) -> Mapping[str, str]:
    """By principal, as text (`c360_kernel.attributes`); "" for none, and for who never asked."""
    found: dict[str, str] = {}
    for principal in principals:
        query = AuditQuery(principal=principal, kind=OPERATION)
        newest = await log.latest(query, None, 1)
        found[principal] = newest[0].audited.operation.details.get(DETAIL, "") if newest else ""
    return found
