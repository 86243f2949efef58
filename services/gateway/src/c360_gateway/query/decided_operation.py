"""What follows from an operation and the policy that it meets, made once for the two."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple
from weakref import ref

from c360_federation.answers import CompiledOperation

from c360_gateway.audit.client_text import ClientText
from c360_gateway.audit.entry_template import EntryTemplate, entry_template
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.looked_up import Question, questions_of
from c360_gateway.query.lookups import limited_lookups
from c360_gateway.query.report import PolicyReport, policy_report

_KEPT = 500


class DecidedOperation(NamedTuple):
    """What is told of it, and what its entries have in common.

    It counts as so many `lookups`; `questions` are those whose number policy bounds.
    """

    report: PolicyReport
    template: EntryTemplate
    lookups: int
    questions: tuple[Question, ...]


class DecidedOperations:
    """Notes it on the operation, so that it goes with either of the two.

    Every role set and every version of a policy has a policy of its own, and one operation serves
    all that decide alike: so of all notes the latest `kept` stay. `written` says how the record
    names what clients wrote.
    """

    def __init__(self, written: ClientText, kept: int = _KEPT) -> None:
        self._written = written
        self._kept = kept
        self._noted: deque[tuple[ref[CompiledOperation], ref[TablePolicy]]] = deque()

    def of(self, text: str, compiled: CompiledOperation, policy: TablePolicy) -> DecidedOperation:
        """Of an operation that was compiled from this text under this policy."""
        known = compiled.notes.get(policy)
        if not isinstance(known, DecidedOperation):
            # It may hold neither of the two, which would then stay for ever.
            known = compiled.notes[policy] = self._made(text, compiled, policy)
            self._noted.append((ref(compiled), ref(policy)))
            if len(self._noted) > self._kept:
                _forget(*self._noted.popleft())
        return known

    def _made(
        self, text: str, compiled: CompiledOperation, policy: TablePolicy
    ) -> DecidedOperation:
        return DecidedOperation(
            policy_report(compiled, policy),
            entry_template(text, compiled, policy, self._written),
            limited_lookups(compiled, policy),
            questions_of(compiled) if policy.row_policy.lookups.is_bounded else (),
        )


def _forget(noted_on: ref[CompiledOperation], under: ref[TablePolicy]) -> None:
    compiled, policy = noted_on(), under()
    if compiled is not None and policy is not None:
        compiled.notes.pop(policy, None)
