"""A log with acts of every kind, and others that come later."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.log.memory import MemoryLog
from c360_kernel.payload import AUDIT_KINDS, AuditKind, CoordinateUse, OperationAudited
from c360_kernel.stamp import StampClock

CLOCK = StampClock()
USES = (
    CoordinateUse("Profile.phone", "select", "mask:partial", "r1", "phone,contact", 3),
    CoordinateUse("Profile.name", "filter", "deny", "r2"),
)


def act(kind: AuditKind = "operation", principal: str = "ann", **given: object) -> OperationAudited:
    fields = {
        "roles": ("agent",),
        "uses": USES,
        "subjects": ("5a" * 16,),
        "outcome": "answered",
        "operation_kind": "query",
        "operation_name": 'Q","position":{"partition":7,"offset":7}',
    }
    return OperationAudited(principal, kind=kind, **{**fields, **given})  # type: ignore[arg-type]


def of_every_kind(**given: object) -> Sequence[OperationAudited]:
    return [act(kind, f"p{number}", **given) for number, kind in enumerate(AUDIT_KINDS)]


async def append(log: MemoryLog, *acts: OperationAudited) -> None:
    await AuditWriter(log, CLOCK, "c360/test").write(*acts)
