"""Equal reads that are under way at the same time are sent once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TypeAlias

import orjson

from c360_federation.execute.merging import copied
from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
)

ContextKey: TypeAlias = Callable[[object], Hashable | None]
"""What of a context decides the answer; None when the answer may not be shared."""
_Slot: TypeAlias = tuple[str, str, str | None, bytes, Hashable]
_Waiting: TypeAlias = "asyncio.Future[SubgraphResponse | None]"


class SingleFlightTransport:
    """Sends a read once for all who ask for it with an equal context key.

    The key has to hold whatever the subgraph decides by: principal, roles, purpose, policy
    version, row filter. The first one's context travels with the request; when the first one
    leaves before the answer is there, another of them sends it again.
    """

    def __init__(self, inner: SubgraphTransport, context_key: ContextKey) -> None:
        self._inner = inner
        self._context_key = context_key
        # The reads under way, and who waits for their answers beside the one who sent them.
        self._flights: dict[_Slot, list[_Waiting]] = {}

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Send a request, or wait for an equal one."""
        slot = self._slot(subgraph, request, context)
        if slot is None:
            return await self._inner.execute(subgraph, request, context)
        while (waiting := self._flights.get(slot)) is not None:
            response = await _joined(waiting)
            if response is not None:
                return response
        waiting = self._flights[slot] = []
        try:
            response = await self._inner.execute(subgraph, request, context)
        except Exception as error:
            _fail(waiting, error)
            raise
        except BaseException:
            _give_up(waiting)
            raise
        finally:
            # Later readers may have other news to hear: only what is under way is shared.
            del self._flights[slot]
        if waiting:
            _answer(waiting, response)
        return response

    def _slot(self, subgraph: str, request: SubgraphRequest, context: object) -> _Slot | None:
        if request.operation != "query":
            return None
        key = self._context_key(context)
        if key is None:
            return None
        try:
            variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # an integer beyond 64 bits
            return None
        return (subgraph, request.query, request.operation_name, variables, key)


async def _joined(waiting: list[_Waiting]) -> SubgraphResponse | None:
    """The answer once it is there; None when the one who sent the read has left."""
    mine: _Waiting = asyncio.get_running_loop().create_future()
    waiting.append(mine)
    return await mine


def _answer(waiting: list[_Waiting], response: SubgraphResponse) -> None:
    """Each reader merges into what it gets, so each gets its own."""
    for one in _still(waiting):
        try:
            own = replace(response, data=copied(response.data), errors=copied(response.errors))
        except Exception as error:
            # Nobody may wait for ever because of what one subgraph calls an answer.
            one.set_exception(error)
        else:
            one.set_result(own)


def _fail(waiting: list[_Waiting], error: Exception) -> None:
    """Trouble is shared too."""
    for one in _still(waiting):
        one.set_exception(error)


def _give_up(waiting: list[_Waiting]) -> None:
    """The first of those who wait will find nothing under way."""
    for one in _still(waiting):
        one.set_result(None)


def _still(waiting: list[_Waiting]) -> list[_Waiting]:
    return [one for one in waiting if not one.done()]
