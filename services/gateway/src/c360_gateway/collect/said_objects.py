"""Objects that are sent again as they are held, as by a second import of a file.

They are taken all the same: of states of one time what was stamped last holds, and another state
may be on its way. Where profile cannot be asked nobody is told of a duplicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from logging import getLogger
from typing import NamedTuple, Protocol

import orjson
from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.payload import ObjectUpserted
from typing_extensions import override

from c360_gateway.context import OperationContext

_log = getLogger(__name__)
_QUERY = (
    "query ObjectsHeld($types: [String!]!, $keys: [String!]!)"
    " { objectsHeld(types: $types, keys: $keys) }"
)


class SaidOfObject(NamedTuple):
    """A state of an object: who said it, when it was observed (ms UTC), whether it is deleted, and
    its properties as JSON with sorted names, which keeps whole numbers and fractions apart."""

    source: str
    observed_at: int
    deleted: bool
    properties: str


class SaidObjects(Protocol):
    """Knows which states of objects hold."""

    async def of(
        self, objects: Sequence[ObjectUpserted], context: OperationContext
    ) -> Sequence[SaidOfObject | None]:
        """The state of each object that holds; None where it is not known."""
        ...


class SubgraphSaidObjects(SaidObjects):
    """Asks the profile subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "profile") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def of(
        self, objects: Sequence[ObjectUpserted], context: OperationContext
    ) -> Sequence[SaidOfObject | None]:
        variables = {
            "types": [one.type for one in objects],
            "keys": [one.record.key for one in objects],
        }
        request = SubgraphRequest(_QUERY, variables, "ObjectsHeld")
        everybody = replace(context, caller=replace(context.caller, predicate=""))
        try:
            response = await self._transport.execute(self._subgraph, request, everybody)
            found: list[list[str]] = (response.data or {})["objectsHeld"]
        except (TransportError, KeyError, TypeError) as error:
            _log.warning("objects cannot be asked for: %s", type(error).__name__)
            return [None] * len(objects)
        return [_read(row) if row else None for row in found]


def _read(row: Sequence[str]) -> SaidOfObject:
    source, observed_at, deleted, properties = row
    return SaidOfObject(source, int(observed_at), bool(deleted), properties)


async def said_again(
    objects: Sequence[ObjectUpserted], held: SaidObjects, context: OperationContext
) -> Sequence[bool]:
    """Of each whether it is held, word for word, from its own source."""
    if not objects:
        return []
    known = await held.of(objects, context)
    return [_state(one) == state for one, state in zip(objects, known, strict=True)]


def _state(one: ObjectUpserted) -> SaidOfObject:
    properties = orjson.dumps(dict(one.properties), option=orjson.OPT_SORT_KEYS).decode()
    return SaidOfObject(one.record.source, one.observed_at, one.deleted, properties)
