"""Says in every answer what is out of the ordinary in the roles that it was given under."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from c360_federation.http import GraphQLReply, GraphQLStream
from c360_federation.values import JsonObject

from c360_gateway.auth.break_glass import Glass


def flags_of(glass: Glass | None, together: Sequence[tuple[str, ...]]) -> JsonObject:
    """`breakGlass` where a role is open, `rolesApart` where policy warns of roles held together."""
    found: JsonObject = {}
    if glass is not None:
        until = datetime.fromtimestamp(glass.until, UTC).isoformat().replace("+00:00", "Z")
        flag = {"id": glass.name, "role": glass.role, "until": until, "ticket": glass.ticket}
        found["breakGlass"] = flag
    if together:
        found["rolesApart"] = [list(pair) for pair in together]
    return found


def flagged(reply: GraphQLReply, flags: JsonObject) -> GraphQLReply:
    """The answer with these in its `extensions`."""
    if not flags or isinstance(reply.payload, bytes):
        return reply
    return reply._replace(payload=_with_flags(reply.payload, flags))


def flagged_stream(stream: GraphQLStream, flags: JsonObject) -> GraphQLStream:
    """The same for each payload of a stream."""
    return GraphQLStream(_flagged(stream.payloads, flags)) if flags else stream


async def _flagged(
    payloads: AsyncGenerator[JsonObject, None], flags: JsonObject
) -> AsyncGenerator[JsonObject, None]:
    async with aclosing(payloads):
        async for payload in payloads:
            yield _with_flags(payload, flags)


def _with_flags(payload: JsonObject, flags: JsonObject) -> JsonObject:
    return {**payload, "extensions": {**payload.get("extensions", {}), **flags}}
