"""Puts what was done into the log, before anybody sees the result."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from c360_federation.caches import Lru
from c360_federation.engine import CompiledOperation, Prepared
from c360_kernel.codec import encode
from c360_kernel.errors import C360Error, Transient
from c360_kernel.log.entry import AUDIT, NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.stamp import StampClock, stamp_ms

from c360_gateway.audit.subjects import hashed
from c360_gateway.query.context import OperationContext
from c360_gateway.query.decisions import FIELD_MASKED, TablePolicy, use_name

_KEPT = 2_000


class AuditUnavailable(C360Error):
    """The operation could not be put on record, so its answer is withheld."""

    code = "AUDIT_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that was carried out, and how it ended."""

    query: str
    prepared: Prepared
    policy: TablePolicy
    context: OperationContext
    outcome: str


class AuditTrail:
    """Appends one entry per operation to the topic `audit`."""

    def __init__(self, log: EventLog, clock: StampClock, subject_key: bytes) -> None:
        self._log = log
        self._clock = clock
        self._subject_key = subject_key
        self._uses: Lru[tuple[int, int], _Uses] = Lru(_KEPT)
        self._hashes: Lru[str, str] = Lru(_KEPT)

    async def record(self, operation: Operation) -> None:
        """Return once the log has the entry; raises `AuditUnavailable` when it cannot."""
        entry = self._entry(operation, self._clock.next())
        try:
            await self._log.append([entry])
        except Transient as error:
            raise AuditUnavailable("the operation could not be put on record") from error

    def _entry(self, operation: Operation, stamp: str) -> NewEntry:
        principal = operation.context.principal.subject
        return NewEntry(
            topic=AUDIT,
            key=principal,
            id=f"{AUDIT}:{stamp}",
            type="c360.operation.audited.v1",
            source="c360/gateway",
            subject=principal,
            time=stamp_ms(stamp),
            stamp=stamp,
            data=encode(self._payload(operation, stamp_ms(stamp))),
            traceparent=operation.context.traceparent,
        )

    def _payload(self, operation: Operation, at: int) -> OperationAudited:
        context = operation.context
        return OperationAudited(
            principal=context.principal.subject,
            roles=context.principal.roles,
            purpose=context.principal.purpose,
            reason="",
            policy_version=operation.policy.table.policy_version,
            operation_kind=operation.prepared.kind,
            operation_name=operation.prepared.name or "",
            operation_hash=self._hash_of(operation.query),
            uses=self._uses_of(operation),
            subjects=hashed(self._subject_key, context.subjects),
            at=at,
            outcome=operation.outcome,
            trace_id=context.caller.trace_id,
        )

    def _hash_of(self, query: str) -> str:
        known = self._hashes.get(query)
        if known is None:
            known = self._hashes.put(query, hashlib.sha256(query.encode()).hexdigest())
        return known

    def _uses_of(self, operation: Operation) -> tuple[CoordinateUse, ...]:
        compiled, policy = operation.prepared.operation, operation.policy
        key = (id(compiled), id(policy))
        known = self._uses.get(key)
        if known is None:
            known = self._uses.put(key, _Uses(compiled, policy, audited_uses(compiled, policy)))
        return known.uses


@dataclass(frozen=True, slots=True)
class _Uses:
    # Both are held so that their ids, which name this entry, are not given to others.
    compiled: CompiledOperation
    policy: TablePolicy
    uses: tuple[CoordinateUse, ...]


def audited_uses(compiled: CompiledOperation, policy: TablePolicy) -> tuple[CoordinateUse, ...]:
    """Each coordinate used, once per kind of use, with what policy said and by which rules."""
    found: dict[tuple[str, str], CoordinateUse] = {}
    for use in compiled.uses:
        decision = policy.decision(use)
        denial = policy.decide(use)
        allowed = denial is None or denial.code == FIELD_MASKED
        found[use.coordinate, use_name(use)] = CoordinateUse(
            coordinate=use.coordinate,
            use=use_name(use),
            decision=str(decision) if allowed else "deny",
            rule=_joined(decision.rule_ids),
            tag=_joined(sorted(policy.table.tags.get(use.coordinate, ()))),
        )
    return tuple(found.values())


def _joined(names: Sequence[str]) -> str:
    return ",".join(names)
