"""Who decides of two records may be told of both: a decision shows what it joins, and whom.

Who corrects what a record says, tags its customer or links it to an account, may be told of that
record.

To whom row rules hide a record it looks as if there were none, and so does a record that nobody
has heard of: which of the two it is, a refusal does not tell. Whoever is told of everybody may
decide of records that are still to come.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from c360_kernel.corrections import corrected_by
from c360_kernel.payload import AccountLinked, DecisionMade, ObjectUpserted, RecordTagged
from c360_kernel.record import RecordKey
from typing_extensions import override

from c360_gateway.collect.found_customers import Customers
from c360_gateway.collect.items import Refusal
from c360_gateway.collect.kinds import Truth
from c360_gateway.context import OperationContext

RECORD_UNKNOWN = "RECORD_UNKNOWN"


class Admission(Protocol):
    """Knows which of the items that are right in themselves are refused all the same."""

    async def refused(
        self, payloads: Sequence[Truth], context: OperationContext
    ) -> Sequence[Refusal | None]:
        """A refusal, or None, for each item, in order."""
        ...


class DecisionScope(Admission):
    """Refuses decisions about records that the caller is not told of, then asks another."""

    def __init__(self, customers: Customers, others: Admission) -> None:
        self._customers = customers
        self._others = others

    @override
    async def refused(
        self, payloads: Sequence[Truth], context: OperationContext
    ) -> Sequence[Refusal | None]:
        found = await self._others.refused(payloads, context)
        decided = [key for one in payloads for _, key in _sides(one)]
        if not decided or not context.caller.predicate:
            return found
        records = list(dict.fromkeys(decided))
        known = await self._customers.of(records, context)
        pairs = zip(payloads, found, strict=True)
        return [refusal or _unknown(payload, known.keys()) for payload, refusal in pairs]


def _sides(payload: Truth) -> Sequence[tuple[str, RecordKey]]:
    """What of an item names records that its sender has to be told of."""
    if isinstance(payload, DecisionMade):
        return (("a", payload.a), ("b", payload.b))
    if isinstance(payload, RecordTagged):
        return (("key", payload.record),)
    if isinstance(payload, AccountLinked):
        return (("person", payload.person),)
    if isinstance(payload, ObjectUpserted):
        return ()
    corrected = corrected_by(payload.record)
    return () if corrected is None else (("key", corrected),)


def _unknown(payload: Truth, known: Collection[RecordKey]) -> Refusal | None:
    for side, record in _sides(payload):
        if record not in known:
            message = "there is no such record, or none that you may be told of"
            return Refusal(RECORD_UNKNOWN, side, message)
    return None
