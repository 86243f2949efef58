"""Takes a call once, where its sender gave it a key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from c360_gateway.collect.collector import Collector
from c360_gateway.collect.items import ItemResult
from c360_gateway.collect.kinds import Kind, records_of
from c360_gateway.collect.once import AnsweredCalls, CallKey
from c360_gateway.collect.waiting import WaitOptions
from c360_gateway.context import OperationContext


class KeyedCollector:
    """A collector, and the calls that were answered lately."""

    def __init__(self, collector: Collector, calls: AnsweredCalls) -> None:
        self._collector = collector
        self._calls = calls

    async def collect(
        self,
        kind: Kind,
        items: Sequence[object],
        context: OperationContext,
        wait: WaitOptions,
        key: str | None = None,
    ) -> Sequence[ItemResult]:
        """As the collector does; under a key that is known, what was answered then.

        Raises what the collector does, and `Invalid` as `AnsweredCalls.once`.
        """
        take = partial(self._collector.collect, kind, items, context, wait)
        if key is None:
            return await take()
        principal = context.principal
        call = CallKey(principal.issuer, principal.subject, kind.operation, key)
        results = await self._calls.once(call, items, take)
        # Whom it was about is on record each time that it is answered.
        context.subjects.update(
            f"record:{named}"
            for one in results
            if one.payload is not None
            for named in records_of(one.payload)
        )
        return results
