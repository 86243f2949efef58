"""Plain subgraphs over data in memory, in a process of their own.

Each request is executed by graphql-core once and its answer remembered, so that what a
subgraph costs does not hide what a gateway costs.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import uvicorn
from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, graphql_sync
from starlette.types import Receive, Scope, Send

Json = Any
_KEPT_S = 3_600
_HEADERS = [(b"content-type", b"application/json")]


@dataclass(frozen=True, slots=True)
class Plain:
    """One subgraph: its federation SDL, its data, and who is meant by a representation."""

    sdl: str
    root: Mapping[str, Json]
    entity: Callable[[Mapping[str, Json]], Json]


class Answers:
    """The answers of one subgraph by request body."""

    def __init__(self, plain: Plain) -> None:
        self._schema = _with_entities(plain.sdl)
        self._root = {**plain.root, "_entities": _entities(plain)}
        self._known: dict[bytes, bytes] = {}

    def to(self, body: bytes) -> bytes:
        """The answer to one request."""
        known = self._known.get(body)
        if known is None:
            known = self._known[body] = orjson.dumps(self._executed(orjson.loads(body)))
        return known

    def _executed(self, given: Mapping[str, Json]) -> Json:
        return graphql_sync(
            self._schema,
            given["query"],
            self._root,
            variable_values=given.get("variables"),
            operation_name=given.get("operationName"),
            field_resolver=resolved,
        ).formatted


def resolved(
    parent: Mapping[str, Json], info: GraphQLResolveInfo[Any], /, **arguments: Json
) -> Json:
    """What the data has under a field's name, called with the arguments if it can be."""
    found = parent.get(info.field_name)
    return found(**arguments) if callable(found) else found


class Served:
    """How many requests the subgraphs have answered, counted across processes."""

    def __init__(self) -> None:
        self._count = multiprocessing.get_context("fork").Value("L", 0, lock=False)

    def one_more(self) -> None:
        """Called by the one process that answers."""
        self._count.value += 1

    def __int__(self) -> int:
        return self._count.value


@contextmanager
def serving(subgraphs: Mapping[str, Plain], port: int) -> Generator[Served]:
    """Serve each subgraph at `/<name>` on loopback for a block."""
    served = Served()
    stated = (subgraphs, port, served)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=stated)
    process.start()
    try:
        yield served
    finally:
        process.terminate()
        process.join()


def _serve(subgraphs: Mapping[str, Plain], port: int, served: Served) -> None:
    answers = {f"/{name}": Answers(plain) for name, plain in subgraphs.items()}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        stated = answers[scope["path"]].to(body)
        served.one_more()
        headers = [*_HEADERS, (b"content-length", str(len(stated)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": stated})

    # Gateways wait for their turn longer than the default keeps their connections.
    uvicorn.run(
        app,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=_KEPT_S,
    )


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def _with_entities(sdl: str) -> GraphQLSchema:
    """The schema of a subgraph; its federation directives mean nothing to graphql-core."""
    return build_schema(sdl, assume_valid_sdl=True, assume_valid=True)


def _entities(plain: Plain) -> Callable[..., list[Json]]:
    def resolve(representations: list[Mapping[str, Json]]) -> list[Json]:
        return [_typed(one["__typename"], plain.entity(one)) for one in representations]

    return resolve


def _typed(typename: str, found: Json) -> Json:
    return None if found is None else {**found, "__typename": typename}
