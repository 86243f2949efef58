"""Says in every answer that it was given under a role that was opened for a while."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from c360_federation.http import GraphQLReply, GraphQLStream
from c360_federation.values import JsonObject

from c360_gateway.auth.break_glass import Glass


def flagged(reply: GraphQLReply, glass: Glass | None) -> GraphQLReply:
    """The answer with `extensions.breakGlass`, where a role is open."""
    if glass is None or isinstance(reply.payload, bytes):
        return reply
    return reply._replace(payload=_with_flag(reply.payload, glass))


def flagged_stream(stream: GraphQLStream, glass: Glass | None) -> GraphQLStream:
    """The same for each payload of a stream."""
    return stream if glass is None else GraphQLStream(_flagged(stream.payloads, glass))


async def _flagged(
    payloads: AsyncGenerator[JsonObject, None], glass: Glass
) -> AsyncGenerator[JsonObject, None]:
    async with aclosing(payloads):
        async for payload in payloads:
            yield _with_flag(payload, glass)


def _with_flag(payload: JsonObject, glass: Glass) -> JsonObject:
    until = datetime.fromtimestamp(glass.until, UTC).isoformat().replace("+00:00", "Z")
    told = {"id": glass.name, "role": glass.role, "until": until, "ticket": glass.ticket}
    return {**payload, "extensions": {**payload.get("extensions", {}), "breakGlass": told}}
