"""Whether there is a list that somebody wants to put customers on, and who may.

Whoever sees a group before and after one record is put on it learns whose record that is. So those
who are told of no small group fill no list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from c360_kernel.catalog.segment_lists import list_of
from c360_kernel.payload import RecordTagged
from typing_extensions import override

from c360_gateway.collect.decision_scope import Admission
from c360_gateway.collect.items import Refusal
from c360_gateway.collect.kinds import Truth
from c360_gateway.context import OperationContext


class Lists(Protocol):
    """Knows the segments that are lists."""

    async def lists_among(self, names: Sequence[str], context: OperationContext) -> Collection[str]:
        """Those of these names that are lists, of which the caller may know.

        Raises `Transient` (SEGMENTS_UNAVAILABLE) when that cannot be said now.
        """
        ...


class KnownLists(Admission):
    """Refuses what is said of lists that the caller may not fill, after another did."""

    def __init__(self, lists: Lists, others: Admission) -> None:
        self._lists = lists
        self._others = others

    @override
    async def refused(
        self, payloads: Sequence[Truth], context: OperationContext
    ) -> Sequence[Refusal | None]:
        found = await self._others.refused(payloads, context)
        named = [_list_named(one) for one in payloads]
        names = list(dict.fromkeys(name for name in named if name is not None))
        if not names:
            return found
        if context.present_caller().smallest_group:
            return [refusal or _too_few(name) for name, refusal in zip(named, found, strict=True)]
        known = await self._lists.lists_among(names, context)
        pairs = zip(named, found, strict=True)
        return [refusal or _unknown(name, known) for name, refusal in pairs]


def _list_named(payload: Truth) -> str | None:
    if not isinstance(payload, RecordTagged):
        return None
    return next((name for c in payload.changes if (name := list_of(c.tag)) is not None), None)


def _unknown(name: str | None, known: Collection[str]) -> Refusal | None:
    if name is None or name in known:
        return None
    message = "no list of this name is there for you: save a segment whose condition is its list"
    return Refusal("SEGMENT_UNKNOWN", "segment", message)


def _too_few(name: str | None) -> Refusal | None:
    if name is None:
        return None
    message = "who is told of no small group puts nobody on a list"
    return Refusal("SUPPRESSED_SMALL_GROUP", "segment", message)
