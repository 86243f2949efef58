"""One operation that may be carried out: what was asked, by whom, over which graph."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import NamedTuple

from c360_federation.engine import Engine, ExecutionResult, Prepared
from c360_federation.http import Delivery, GraphQLRequest
from c360_kernel.context import CallerContext
from c360_kernel.telemetry import trace_id

from c360_gateway.audit.trail import PerformedOperation
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.decided_operation import DecidedOperation
from c360_gateway.query.justification import NO_JUSTIFICATION, Justification
from c360_gateway.query.refusals import code_of
from c360_gateway.query.report import DenialsIn

REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Graph:
    """A supergraph in use: its engine, and the policy compiled for its schema."""

    engine: Engine
    tables: PolicyTables


class PreparedOperation(NamedTuple):
    """An operation with its text, prepared under the policy of the moment it was asked."""

    graph: Graph
    principal: Principal
    request: GraphQLRequest
    policy: TablePolicy
    prepared: Prepared
    decided: DecidedOperation
    denials: DenialsIn
    traceparent: str
    written_before: int
    address: str = ""
    justification: Justification = NO_JUSTIFICATION

    @property
    def wants_parts(self) -> bool:
        """Whether some of the answer may come later; what is written is answered whole."""
        may_wait = self.prepared.is_deferred and self.request.delivery is not Delivery.WHOLE
        return may_wait and self.prepared.operation.kind == "query"

    def context(self, policy: TablePolicy) -> OperationContext:
        """What travels to the subgraphs, under this policy."""
        caller = CallerContext(
            principal=self.principal.subject,
            roles=self.principal.roles,
            purpose=self.principal.purpose,
            policy_version=policy.table.policy_version,
            trace_id=trace_id(self.traceparent),
            visibility=policy.visibility,
            reason=self.justification.reason,
            ticket=self.justification.ticket,
            break_glass="" if self.principal.glass is None else self.principal.glass.name,
            predicate=self.graph.tables.predicate(policy, self.principal),
            attributes=self.principal.attributes,
            smallest_group=policy.row_policy.smallest_group,
        )
        # What an event or a mutation shows is read after it happened.
        written_before = self.written_before if self.prepared.operation.kind == "query" else None
        return OperationContext(
            caller,
            self.principal,
            self.traceparent,
            written_before=written_before,
            table=policy.table,
            ends_at=self._ends_at(),
            address=self.address,
            consented=policy.row_policy.consented,
            tables=self.graph.tables,
        )

    def _ends_at(self) -> float | None:
        """What is written runs to its end, and events come for as long as anyone listens."""
        seconds = self.graph.engine.settings.answers.seconds
        is_bounded = self.prepared.operation.kind == "query" and math.isfinite(seconds)
        return time.monotonic() + seconds if is_bounded else None

    def audited(self, context: OperationContext, outcome: str) -> PerformedOperation:
        """The whole operation, for the record, while its answer is not known or not whole."""
        return PerformedOperation(
            self.prepared, self.policy, self.decided.template, context, outcome
        )

    def answered(self, context: OperationContext, result: ExecutionResult) -> PerformedOperation:
        """The same with its answer, and the code of why there is none."""
        is_refused = result.data is None and bool(result.errors)
        return PerformedOperation(
            self.prepared,
            self.policy,
            self.decided.template,
            context,
            outcome_of(result),
            code_of(result.errors) if is_refused else "",
            result.data,
        )


def outcome_of(result: ExecutionResult) -> str:
    """How the audit calls the end of an operation."""
    if result.data is None:
        return "refused"
    return "partial" if result.errors else "answered"


def ended(result: ExecutionResult, prepared: Prepared) -> str:
    """What a request counts as: one that policy alone cut is whole, for denials count apart."""
    if result.data is None:
        return REFUSED
    return "PARTIAL" if len(result.errors) > len(prepared.operation.denials) else "OK"
