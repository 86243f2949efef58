"""What the segment service says of a segment that somebody wants to save, or has saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.errors import Invalid, Transient
from typing_extensions import override

from c360_gateway.collect.known_lists import Lists
from c360_gateway.context import OperationContext

_TO_SAVE = (
    "query ToSave($name: ID!, $version: Int!, $most: Int!, $condition: String)"
    " { segmentToSave(name: $name, version: $version, most: $most, condition: $condition) }"
)
_ARE_LISTS = "query AreLists($names: [ID!]!) { areLists(names: $names) }"
_SAVED_AS = "query SavedAs($name: ID!, $version: Int!) { savedAs(name: $name, version: $version) }"


class SegmentChange(NamedTuple):
    """What somebody wants: `version` is the one that is there, 0 for none; without a condition the
    segment is archived."""

    name: str
    version: int
    condition: str | None


class SegmentChecks(Protocol):
    """Knows what may be saved, and what is."""

    async def to_save(self, change: SegmentChange, most: int, context: OperationContext) -> str:
        """The condition to put on the log, in its one form, as JSON.

        Raises `Invalid` with the code of why it may not be saved, where `most` are there too, and
        `Transient` (SEGMENTS_UNAVAILABLE) when that cannot be said now.
        """
        ...

    async def saved_as(self, name: str, version: int, context: OperationContext) -> str | None:
        """The stamp of the entry that holds as this version; None as long as none is handled."""
        ...


class SubgraphSegmentChecks(SegmentChecks, Lists):
    """Asks the segment subgraph, for the caller of the operation."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "segment") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def to_save(self, change: SegmentChange, most: int, context: OperationContext) -> str:
        asked = {**change._asdict(), "most": most}
        return (await self._asked(SubgraphRequest(_TO_SAVE, asked, "ToSave"), context))[
            "segmentToSave"
        ]

    @override
    async def saved_as(self, name: str, version: int, context: OperationContext) -> str | None:
        request = SubgraphRequest(_SAVED_AS, {"name": name, "version": version}, "SavedAs")
        return (await self._asked(request, context))["savedAs"]

    @override
    async def lists_among(self, names: Sequence[str], context: OperationContext) -> Collection[str]:
        request = SubgraphRequest(_ARE_LISTS, {"names": list(names)}, "AreLists")
        known: Sequence[bool] = (await self._asked(request, context))["areLists"]
        return frozenset(name for name, is_list in zip(names, known, strict=True) if is_list)

    async def _asked(
        self, request: SubgraphRequest, context: OperationContext
    ) -> Mapping[str, Any]:
        present = replace(context, caller=context.present_caller(), written_before=None)
        try:
            response = await self._transport.execute(self._subgraph, request, present)
        except TransportError as error:
            raise _unavailable() from error
        for one in response.errors:
            code = one.get("extensions", {}).get("code", "")
            if code.startswith("SEGMENT"):
                raise Invalid(one["message"], code=code)
        if response.data is None or response.errors:
            raise _unavailable()
        return response.data


def _unavailable() -> Transient:
    return Transient("segments cannot be asked for now", code="SEGMENTS_UNAVAILABLE")
