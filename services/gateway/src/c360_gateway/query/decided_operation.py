"""What follows from an operation and the policy that it meets, made once for the two."""

from __future__ import annotations

from typing import NamedTuple

from c360_federation.answers import CompiledOperation

from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.entry_template import EntryTemplate, entry_template
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.weak_pair_cache import WeakPairCache
from c360_gateway.query.looked_up import Question, questions_of
from c360_gateway.query.lookups import limited_lookups
from c360_gateway.query.report import PolicyReport, policy_report


class DecidedOperation(NamedTuple):
    """What is told of it, and what its entries have in common.

    It counts as so many `lookups`; `questions` are those whose number policy bounds.
    """

    report: PolicyReport
    template: EntryTemplate
    lookups: int
    questions: tuple[Question, ...]


class DecidedOperations:
    """Remembers both for as long as the engine and the policy tables do.

    `written` says how the record names what clients wrote.
    """

    def __init__(self, written: ClientText) -> None:
        self._written = written
        self._known: WeakPairCache[DecidedOperation] = WeakPairCache()

    def of(self, text: str, compiled: CompiledOperation, policy: TablePolicy) -> DecidedOperation:
        """Of an operation that was compiled from this text under this policy."""
        return self._known.get(compiled, policy) or self._known.put(
            compiled, policy, self._made(text, compiled, policy)
        )

    def _made(
        self, text: str, compiled: CompiledOperation, policy: TablePolicy
    ) -> DecidedOperation:
        return DecidedOperation(
            policy_report(compiled, policy),
            entry_template(text, compiled, policy, self._written),
            limited_lookups(compiled, policy),
            questions_of(compiled) if policy.row_policy.lookups.is_bounded else (),
        )
