"""Items of calls on their way into the log: under policy, and on record before anybody is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from c360_kernel.audit_writer import audit_entry
from c360_kernel.codec import encode
from c360_kernel.context import CallerContext
from c360_kernel.log.entry import NewEntry
from c360_kernel.payload import CoordinateUse, OperationAudited
from c360_kernel.stamp import stamp_ms
from c360_kernel.subject_names import SubjectNames
from c360_policy.table import PolicyTable

from c360_gateway.audit.entry_template import joined
from c360_gateway.audit.refusals import role_set_of
from c360_gateway.audit.trail import SOURCE
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.collector import Collector, Given
from c360_gateway.collect.items import ItemResult, ItemStatus, Refusal, Stage
from c360_gateway.collect.rights import WRITE_DENIED
from c360_gateway.collect.waiting import WaitOptions
from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.tables import PolicyTables

OPERATION = "track"
"""What the audit calls it."""
_AT_ONCE = WaitOptions(Stage.LOG, 0)


class Writing:
    """Has items taken as the mutations of the same operations would take them."""

    def __init__(self, names: SubjectNames) -> None:
        self._names = names

    async def write(
        self,
        collector: Collector,
        tables: PolicyTables,
        principal: Principal,
        address: str,
        given: Sequence[Given],
    ) -> Sequence[ItemResult]:
        """A result for each item, durable and on record by one append. Raises as the collector.

        What a principal may not write by a mutation, it may not write here.
        """
        policy = tables.for_caller(principal)
        context = _context(tables, policy, principal, address)
        allowed = [one for one in given if _may(policy.table, one.kind.operation)]
        record = partial(self._record, policy.table, context, allowed)
        taken = iter(await collector.collect_kinds(allowed, context, _AT_ONCE, record))
        return [
            next(taken) if _may(policy.table, one.kind.operation) else _forbidden(one)
            for one in given
        ]

    def _record(
        self,
        table: PolicyTable,
        context: OperationContext,
        given: Sequence[Given],
        results: Sequence[ItemResult],
        stamp: str,
    ) -> NewEntry:
        principal, at = context.principal, stamp_ms(stamp)
        act = OperationAudited(
            principal.subject,
            principal.roles,
            principal.purpose,
            policy_version=table.policy_version,
            operation_kind="mutation",
            operation_name=OPERATION,
            uses=_uses(table, given),
            subjects=self._names.names(context.subjects),
            at=at,
            outcome=_outcome(results),
            role_set=role_set_of(principal.roles),
            address=context.address,
            token_id=principal.token_id,
        )
        return audit_entry("operation", principal.subject, at, encode(act), stamp, SOURCE)


def _may(table: PolicyTable, operation: str) -> bool:
    return table.write(f"Mutation.{operation}").action == "allow"


def _forbidden(given: Given) -> ItemResult:
    message = f"your roles may not write Mutation.{given.kind.operation}"
    refusal = Refusal(WRITE_DENIED, "", message)
    return ItemResult(0, ItemStatus.REFUSED, None, refusal, is_kept=False)


def _uses(table: PolicyTable, given: Sequence[Given]) -> tuple[CoordinateUse, ...]:
    counts = Counter(one.kind.operation for one in given)
    coordinates = [(f"Mutation.{name}", count) for name, count in sorted(counts.items())]
    return tuple(
        CoordinateUse(
            coordinate,
            "write",
            str(decision := table.write(coordinate)),
            joined(decision.rule_ids),
            joined(sorted(table.tags.get(coordinate, ()))),
            count,
        )
        for coordinate, count in coordinates
    )


def _outcome(results: Sequence[ItemResult]) -> str:
    refused = sum(one.status is ItemStatus.REFUSED for one in results)
    if not refused:
        return "answered"
    return "partial" if refused < len(results) else "refused"


def _context(
    tables: PolicyTables, policy: TablePolicy, principal: Principal, address: str
) -> OperationContext:
    caller = CallerContext(
        principal=principal.subject,
        roles=principal.roles,
        purpose=principal.purpose,
        policy_version=policy.table.policy_version,
        visibility=policy.visibility,
        predicate=tables.predicate(policy, principal),
        attributes=principal.attributes,
        smallest_group=policy.row_policy.smallest_group,
    )
    return OperationContext(
        caller,
        principal,
        table=policy.table,
        address=address,
        consented=policy.row_policy.consented,
        tables=tables,
    )
