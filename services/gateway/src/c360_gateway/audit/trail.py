"""Puts what was done into the log, before anybody sees the result."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import NamedTuple, Protocol

from c360_federation.engine import Prepared
from c360_federation.values import JsonObject
from c360_kernel.attributes import DETAIL, attributes_text
from c360_kernel.audit_writer import audit_entry
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.messages.operations import encoded_part
from c360_kernel.payload import CoordinateUse
from c360_kernel.stamp import StampClock, stamp_ms
from c360_kernel.subject_names import SubjectNames
from typing_extensions import override

from c360_gateway.audit.entry_template import EntryTemplate, joined
from c360_gateway.audit.refusals import role_set_of
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import TablePolicy

SOURCE = "c360/gateway"
_NO_DETAILS: Mapping[str, str] = {}


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

    `template` is what its entries have in common. `data` is its answer, in which values are
    counted; without it none are.
    """

    prepared: Prepared
    policy: TablePolicy
    template: EntryTemplate
    context: OperationContext
    outcome: str
    code: str = ""
    data: JsonObject | None = None


class Recorder(Protocol):
    """Whatever an operation has to pass before anybody sees its result."""

    def record(self, operation: PerformedOperation) -> Awaitable[None]:
        """Return once it is on record; raises `AuditUnavailable` when it cannot be."""
        ...


class Budget(Protocol):
    """What answers count for whom policy bounds the number of customers."""

    def spend(self, operation: PerformedOperation) -> None:
        """Count an operation; raises `C360Error` instead of letting its answer leave."""
        ...


class AuditTrail(Recorder):
    """Appends one entry per operation to the topic `audit`, once it is within its budget."""

    def __init__(
        self, log: EventLog, clock: StampClock, names: SubjectNames, budget: Budget
    ) -> None:
        self._log = log
        self._clock = clock
        self._subject_names = names
        self._budget = budget

    @override
    async def record(self, operation: PerformedOperation) -> None:
        """Return once the log has the entry; raises `AuditUnavailable` when it cannot.

        What the budget refuses raises its own error, and nothing is appended.
        """
        if operation.policy.row_policy.is_counted:
            self._budget.spend(operation)
        try:
            if not self._clock.is_ready:
                await self._clock.ready()
            await self._log.append([self._entry(operation, self._clock.next())])
        except (Transient, Invalid) as error:
            raise AuditUnavailable(error.code) from error

    def _entry(self, operation: PerformedOperation, stamp: str) -> NewEntry:
        context, template, answer = operation.context, operation.template, operation.data
        principal, caller, at = context.principal, context.caller, stamp_ms(stamp)
        own = encoded_part(
            _looked_up(context) if context.looked_up else (),
            principal=principal.subject,
            roles=principal.roles,
            purpose=principal.purpose,
            reason=caller.reason,
            subjects=self._subject_names.names(context.subjects),
            at=at,
            outcome=operation.outcome,
            trace_id=caller.trace_id,
            code=operation.code,
            role_set=role_set_of(principal.roles),
            address=context.address,
            token_id=principal.token_id,
            ticket=caller.ticket,
            break_glass=caller.break_glass,
            details=_details(principal) if principal.attributes else _NO_DETAILS,
            use_counts=() if answer is None else template.counting.counts(answer),
        )
        # Protobuf messages merge when their bytes are joined.
        data = template.data + own
        subject = principal.subject
        return audit_entry("operation", subject, at, data, stamp, SOURCE, context.traceparent)


def _details(principal: Principal) -> Mapping[str, str]:
    """By which attributes rules about rows told a caller of whom."""
    text = attributes_text(principal.attributes)
    return {DETAIL: text} if text else {}


def _looked_up(context: OperationContext) -> Sequence[CoordinateUse]:
    table = context.table
    found = {one: table.finding(one) for one in sorted(context.looked_up)}
    return [
        CoordinateUse(
            coordinate,
            "lookup",
            "allow" if decision.action == "allow" else "deny",
            joined(decision.rule_ids),
            joined(sorted(table.tags.get(coordinate, ()))),
        )
        for coordinate, decision in found.items()
    ]
