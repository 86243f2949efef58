"""Whether a change is one that a caller may be told of: the service that keeps segments says."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.context import CallerContext
from c360_kernel.groups import GroupSuppressed
from c360_kernel.payload import MembershipChanged
from typing_extensions import override

from c360_gateway.context import OperationContext
from c360_gateway.watch.errors import SegmentUnknown

_QUERY = "query Visible($name: ID!) { segment(name: $name) { name size } }"


class SegmentGate(Protocol):
    """Knows who may hear of what changes in which segment."""

    async def shows(self, change: MembershipChanged, context: OperationContext) -> bool:
        """Whether there is such a segment for the caller, as policy stands now, and the change
        tells of nothing that is not there for it: no condition of before, no difference of two.

        Raises `SegmentUnknown` when that cannot be said now.
        """
        ...


class SubgraphSegmentGate(SegmentGate):
    """Asks the segment subgraph, for the caller of the operation."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "segment") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def shows(self, change: MembershipChanged, context: OperationContext) -> bool:
        caller = context.present_caller()
        if not _may_hear(caller, change):
            return False
        present = replace(context, caller=caller, written_before=None)
        request = SubgraphRequest(_QUERY, {"name": change.segment}, "Visible")
        try:
            response = await self._transport.execute(self._subgraph, request, present)
        except TransportError as error:
            raise SegmentUnknown from error
        if response.data is None:
            raise SegmentUnknown
        # A small group is not told of to who is told of none: then it has no size.
        codes = {one.get("extensions", {}).get("code") for one in response.errors}
        if codes - {GroupSuppressed.code}:
            raise SegmentUnknown
        return response.data["segment"] is not None and not codes


def _may_hear(caller: CallerContext, change: MembershipChanged) -> bool:
    """Whoever changes with a condition is the difference of two groups, which may be small."""
    told_of_difference = change.redefined and caller.smallest_group
    return not told_of_difference and caller.told.used.issuperset(change.reads)
