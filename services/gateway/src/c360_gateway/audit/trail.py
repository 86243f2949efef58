"""Puts what was done into the log, before anybody sees the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_federation.engine import CompiledOperation, Prepared
from c360_federation.policy import Use
from c360_federation.values import JsonObject
from c360_kernel.attributes import DETAIL, attributes_text
from c360_kernel.audit_writer import audit_entry
from c360_kernel.codec import encode
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.messages.operations import encoded_counts
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.stamp import StampClock, stamp_ms
from c360_kernel.subject_names import SubjectNames
from typing_extensions import override

from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.counting import UseCounting
from c360_gateway.audit.refusals import role_set_of
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import FIELD_MASKED, TablePolicy
from c360_gateway.policy.weak_pair_cache import WeakPairCache

SOURCE = "c360/gateway"


class AuditUnavailable(Transient):
    """The operation could not be put on record, so its answer is withheld.

    `reason` is the code of what the log said.
    """

    code = "AUDIT_UNAVAILABLE"

    def __init__(self, reason: str) -> None:
        super().__init__("the operation could not be put on record")
        self.reason = reason


class PerformedOperation(NamedTuple):
    """One operation that was carried out, and how it ended: a `code` where it has no result.

    `data` is its answer, in which values are counted; without it none are.
    """

    query: str
    prepared: Prepared
    policy: TablePolicy
    context: OperationContext
    outcome: str
    code: str = ""
    data: JsonObject | None = None


class _Standing(NamedTuple):
    """What is the same whenever an operation meets a policy: its bytes, and what is counted."""

    data: bytes
    counting: UseCounting


class Recorder(Protocol):
    """Whatever an operation has to pass before anybody sees its result."""

    async def record(self, operation: PerformedOperation) -> None:
        """Return once it is on record; raises `AuditUnavailable` when it cannot be."""
        ...


class AuditTrail(Recorder):
    """Appends one entry per operation to the topic `audit`."""

    def __init__(
        self, log: EventLog, clock: StampClock, names: SubjectNames, written: ClientText
    ) -> None:
        self._log = log
        self._clock = clock
        self._subject_names = names
        self._written = written
        self._known: WeakPairCache[_Standing] = WeakPairCache()

    @override
    async def record(self, operation: PerformedOperation) -> None:
        """Return once the log has the entry; raises `AuditUnavailable` when it cannot."""
        try:
            await self._clock.ready()
            await self._log.append([self._entry(operation, self._clock.next())])
        except (Transient, Invalid) as error:
            raise AuditUnavailable(error.code) from error

    def _entry(self, operation: PerformedOperation, stamp: str) -> NewEntry:
        context, at = operation.context, stamp_ms(stamp)
        subjects = self._subject_names.names(context.subjects)
        passing = _passing(operation, subjects, at)
        # Protobuf messages merge when their bytes are joined.
        standing = self._standing(operation)
        data = standing.data + encode(passing)
        if operation.data is not None:
            data += encoded_counts(standing.counting.counts(operation.data))
        return audit_entry(passing, data, stamp, SOURCE, context.traceparent)

    def _standing(self, operation: PerformedOperation) -> _Standing:
        """The part that is the same whenever this operation meets this policy, made once."""
        compiled, policy = operation.prepared.operation, operation.policy
        known = self._known.get(compiled, policy)
        if known is None:
            made = _Standing(_encoded(operation, self._written), _counting(compiled, policy))
            known = self._known.put(compiled, policy, made)
        return known


def _encoded(operation: PerformedOperation, written: ClientText) -> bytes:
    compiled, policy = operation.prepared.operation, operation.policy
    standing = OperationAudited(
        "",
        policy_version=policy.table.policy_version,
        operation_kind=compiled.kind,
        operation_name=written.name(compiled.name or "", operation.query),
        operation_hash=written.fingerprint(operation.query),
        uses=audited_uses(compiled, policy),
    )
    return encode(standing)


def _passing(operation: PerformedOperation, subjects: tuple[str, ...], at: int) -> OperationAudited:
    principal = operation.context.principal
    return OperationAudited(
        principal=principal.subject,
        roles=principal.roles,
        purpose=principal.purpose,
        reason=operation.context.caller.reason,
        uses=_looked_up(operation.context),
        subjects=subjects,
        at=at,
        outcome=operation.outcome,
        trace_id=operation.context.caller.trace_id,
        code=operation.code,
        role_set=role_set_of(principal.roles),
        address=operation.context.address,
        token_id=principal.token_id,
        ticket=operation.context.caller.ticket,
        break_glass=operation.context.caller.break_glass,
        details=_details(principal),
    )


def _details(principal: Principal) -> Mapping[str, str]:
    """By which attributes rules about rows told a caller of whom."""
    text = attributes_text(principal.attributes)
    return {DETAIL: text} if text else {}


def _looked_up(context: OperationContext) -> tuple[CoordinateUse, ...]:
    table = context.table
    found = {one: table.finding(one) for one in sorted(context.looked_up)}
    return tuple(
        CoordinateUse(
            coordinate,
            "lookup",
            "allow" if decision.action == "allow" else "deny",
            _joined(decision.rule_ids),
            _joined(sorted(table.tags.get(coordinate, ()))),
        )
        for coordinate, decision in found.items()
    )


def _counting(compiled: CompiledOperation, policy: TablePolicy) -> UseCounting:
    """In the order of `audited_uses`."""
    found: dict[tuple[str, str], list[Use]] = {}
    for use in compiled.uses:
        uses = found.setdefault((use.coordinate, policy.use_name(use)), [])
        if _is_allowed(policy, use):
            uses.append(use)
    return UseCounting([(coordinate, uses) for (coordinate, _), uses in found.items()])


def audited_uses(compiled: CompiledOperation, policy: TablePolicy) -> tuple[CoordinateUse, ...]:
    """Each coordinate used, once per kind of use, with what policy said and by which rules."""
    found: dict[tuple[str, str], CoordinateUse] = {}
    for use in compiled.uses:
        decision = policy.decision(use)
        allowed = _is_allowed(policy, use)
        name = policy.use_name(use)
        found[use.coordinate, name] = CoordinateUse(
            coordinate=use.coordinate,
            use=name,
            decision=str(decision) if allowed else "deny",
            rule=_joined(decision.rule_ids),
            tag=_joined(sorted(policy.table.tags.get(use.coordinate, ()))),
        )
    return tuple(found.values())


def _is_allowed(policy: TablePolicy, use: Use) -> bool:
    denial = policy.decide(use)
    return denial is None or denial.code == FIELD_MASKED


def _joined(names: Sequence[str]) -> str:
    return ",".join(names)
