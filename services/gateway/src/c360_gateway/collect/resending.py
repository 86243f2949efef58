"""Sending refused items once more, as the one who resends: with their rights and their quota.

What was refused stays in the log as it was refused; what is refused again is kept again. An item
that names no time counts from when it was refused first: sent again it outranks nothing that came
meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from c360_kernel.cursors import CursorInvalid
from c360_kernel.errors import Invalid
from c360_kernel.payload import ItemQuarantined

from c360_gateway.collect.collector import Collector
from c360_gateway.collect.items import ItemResult, ItemStatus, Refusal
from c360_gateway.collect.kinds import Kind
from c360_gateway.collect.refused_items import RefusedItems
from c360_gateway.collect.rights import WRITE_DENIED
from c360_gateway.collect.waiting import WaitOptions
from c360_gateway.context import OperationContext

MAX_RESENT = 200
_UNKNOWN = Refusal("QUARANTINE_UNKNOWN", "", "this is no id of a refused item")
_GONE = Refusal("QUARANTINE_GONE", "", "this item is kept no more")
_DENIED = Refusal(WRITE_DENIED, "", "your roles may not send items of this kind")
_CUT = Refusal("QUARANTINE_CUT", "", "only a part of this item was kept: its sender has it")


@dataclass(frozen=True, slots=True)
class _Whole:
    """An item that was kept whole, where it stands in the call, and how it was sent."""

    index: int
    operation: str
    item: object


class Resender:
    """Takes ids of refused items back to the collector."""

    def __init__(self, items: RefusedItems, collector: Collector, kinds: Sequence[Kind]) -> None:
        self._items = items
        self._collector = collector
        self._kinds = {kind.operation: kind for kind in kinds}

    async def resend(
        self, ids: Sequence[str], context: OperationContext, wait: WaitOptions
    ) -> Sequence[ItemResult]:
        """A result per id, in their order. Raises `Invalid` (TOO_MANY_ITEMS)."""
        if len(ids) > MAX_RESENT:
            raise Invalid(f"a call resends at most {MAX_RESENT} items", code="TOO_MANY_ITEMS")
        results: dict[int, ItemResult] = {}
        whole: list[_Whole] = []
        for index, name in enumerate(ids):
            found = await self._found(index, name, context)
            if isinstance(found, Refusal):
                results[index] = ItemResult(index, ItemStatus.REFUSED, None, found)
            else:
                whole.append(found)
        for kind in self._kinds.values():
            same = [one for one in whole if one.operation == kind.operation]
            results |= await self._sent(kind, same, context, wait)
        return [results[index] for index in range(len(ids))]

    async def _found(self, index: int, name: str, context: OperationContext) -> _Whole | Refusal:
        try:
            refused = await self._items.item(name)
        except CursorInvalid:
            return _UNKNOWN
        if refused is None:
            return _GONE
        item = _item_of(refused)
        kind = self._kinds.get(refused.operation)
        if item is None or kind is None:
            return _CUT
        if not _may_send(kind, context):
            return _DENIED
        return _Whole(index, refused.operation, _dated(item, kind.time, refused.at))

    async def _sent(
        self, kind: Kind, whole: Sequence[_Whole], context: OperationContext, wait: WaitOptions
    ) -> Mapping[int, ItemResult]:
        if not whole:
            return {}
        items = [one.item for one in whole]
        results = await self._collector.collect(kind, items, context, wait)
        return {
            one.index: replace(result, index=one.index)
            for one, result in zip(whole, results, strict=True)
        }


def _may_send(kind: Kind, context: OperationContext) -> bool:
    """Whether this caller might have sent it: sending again is no way around the right to send."""
    return context.table.write(f"Mutation.{kind.operation}").action == "allow"


def _item_of(refused: ItemQuarantined) -> object:
    return None if refused.cut else json.loads(refused.item)


def _dated(item: object, time: str | None, refused_at: int) -> object:
    """An item as it would have counted, had it been taken when it was refused (ms UTC)."""
    if time is None or not isinstance(item, dict):
        return item
    sent = cast("dict[str, object]", item)
    return {**sent, time: refused_at} if sent.get(time) is None else sent
