"""One service's part of the graph: runs operations for a checked caller."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from c360_subgraph import Operations
from c360_subgraph.frames import forget_frames
from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from strawberry.federation import Schema

from c360_kernel.context import CallerContext
from c360_kernel.subgraph import faults

Response = dict[str, Any]
"""A GraphQL response: `data` unless the request was refused, `errors` if there are any."""

MakeContext = Callable[[CallerContext], object]
"""Makes the `info.context` of one operation: its loaders, its reader, its caller."""


async def nothing_to_close() -> None:
    """Nothing is open behind it."""


class Subgraph:
    """A named federation schema, executable as `schema`, with what it needs to run.

    `make_context` is called once per operation, in the loop that runs it.
    `ready` tells whether the store behind it answers. `sdl` is what it tells of itself, where
    that says more than what is executable.
    """

    def __init__(
        self,
        name: str,
        schema: Schema,
        make_context: MakeContext,
        ready: Callable[[], Awaitable[bool]],
        sdl: str | None = None,
    ) -> None:
        self.name = name
        self.ready = ready
        # Set by whoever opened a store behind it: called once nobody asks any more.
        self.close: Callable[[], Awaitable[None]] = nothing_to_close
        self.make_context = make_context
        self.schema = _graphql_schema(schema)
        self._operations = Operations(self.schema)
        # Written out when it is asked for: of equal subgraphs in several threads only one is.
        self._sdl = cache(schema.as_str if sdl is None else partial(str, sdl))

    def sdl(self) -> str:
        """The federation 2 SDL; `{ _service { sdl } }` answers what is executable."""
        return self._sdl()

    async def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None,
        operation_name: str | None,
        caller: CallerContext,
    ) -> Response:
        """Run one operation. Never raises but for cancellation; errors are in the response.

        Codes: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED and VARIABLE_INVALID before
        anything ran; per field those of our own errors, else INTERNAL with a `traceId` that
        is in the log too.
        """
        trace_id = caller.trace_id or secrets.token_hex(16)
        try:
            prepared = self._operations.prepare(query, operation_name)
            if prepared.operation is None:
                return {"errors": [faults.request_fault(error) for error in prepared.errors]}
            result = await prepared.operation.run(variables or {}, self.make_context(caller))
        except Exception as error:
            faults.log_unexpected(error, trace_id)
            masked = faults.fault(faults.INTERNAL, "internal error", None, {"traceId": trace_id})
            return {"errors": [masked]}
        return _response(result, trace_id)


def _response(result: ExecutionResult, trace_id: str) -> Response:
    if not result.errors:
        return {"data": result.data}
    try:
        return _rendered(result, result.errors, trace_id)
    finally:
        forget_frames(result.errors)


def _rendered(result: ExecutionResult, errors: Sequence[GraphQLError], trace_id: str) -> Response:
    if result.data is None and not any(error.path for error in errors):
        return {"errors": [faults.request_fault(error) for error in errors]}
    return {
        "data": result.data,
        "errors": [faults.field_fault(error, trace_id) for error in errors],
    }


def _graphql_schema(schema: Schema) -> GraphQLSchema:
    return schema._schema  # pyright: ignore[reportPrivateUsage] - the executable schema has no other name
