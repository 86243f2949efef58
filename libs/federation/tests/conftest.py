"""Real subgraphs in the process: graphql-core executing federation SDL over plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest
from c360_federation import (
    Engine,
    EngineSettings,
    InProcessTransport,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphSdl,
    compose,
)
from graphql import build_schema, graphql, is_object_type

LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible",
  "@interfaceObject", "@tag", "@extends"])
"""
_DIRECTIVES = """
directive @link(url: String, import: [String]) repeatable on SCHEMA
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @external on OBJECT | FIELD_DEFINITION
directive @requires(fields: String!) on FIELD_DEFINITION
directive @provides(fields: String!) on FIELD_DEFINITION
directive @override(from: String!) on FIELD_DEFINITION
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM | ENUM_VALUE |
  ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | INPUT_OBJECT | SCALAR
directive @interfaceObject on OBJECT
directive @extends on OBJECT | INTERFACE
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM |
  ENUM_VALUE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | INPUT_OBJECT | SCALAR
scalar _Any
"""
Resolver = Callable[..., Any]


@dataclass
class LocalSubgraph:
    """A subgraph: SDL, resolvers by coordinate (source, **arguments), entities by type."""

    sdl: str
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)
    entities: Mapping[str, Callable[[dict], Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keyed = re.findall(r"\btype (\w+)[^{]*@key", self.sdl)
        machinery = ""
        if keyed:
            machinery = (
                f"union _Entity = {' | '.join(dict.fromkeys(keyed))}\n"
                "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
            )
        query = "" if re.search(r"\btype Query\b", self.sdl) else "type Query { _unused: Int }"
        self.schema = build_schema(_DIRECTIVES + self.sdl + query + machinery, assume_valid=True)
        for name, resolver in self.resolvers.items():
            owner, _, fname = name.partition(".")
            self.schema.type_map[owner].fields[fname].resolve = self._call(resolver)
        for kind in self.schema.type_map.values():
            if is_object_type(kind) and not kind.name.startswith("__"):
                kind.is_type_of = None
        if keyed:
            self.schema.query_type.fields["_entities"].resolve = self._entities

    @staticmethod
    def _call(resolver: Resolver) -> Resolver:
        return lambda source, _info, **arguments: resolver(source, **arguments)

    def _entities(self, _source: Any, _info: Any, representations: list[dict]) -> list[Any]:
        return [self._entity(one) for one in representations]

    def _entity(self, representation: dict) -> Any:
        name = representation["__typename"]
        found = self.entities[name](representation)
        return None if found is None else {"__typename": name, **found}

    async def __call__(self, request: SubgraphRequest, context: object) -> SubgraphResponse:
        result = await graphql(
            self.schema,
            request.query,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        errors = [error.formatted for error in result.errors or ()]
        return SubgraphResponse(result.data, [dict(one) for one in errors])


class World:
    """Composed subgraphs behind an engine; notes every request that is made."""

    def __init__(
        self, settings: EngineSettings | None = None, **subgraphs: LocalSubgraph | Resolver
    ) -> None:
        self.requests: list[tuple[str, SubgraphRequest]] = []
        self.subgraphs = subgraphs
        sdls = [SubgraphSdl(name, LINK + one.sdl) for name, one in subgraphs.items()]
        self.supergraph = compose(sdls)
        handlers = {name: self._noted(name) for name in subgraphs}
        self.engine = Engine(self.supergraph, InProcessTransport(handlers), settings)

    def _noted(self, name: str) -> Resolver:
        async def handle(request: SubgraphRequest, context: object) -> SubgraphResponse:
            self.requests.append((name, request))
            return await self.subgraphs[name](request, context)

        return handle

    @property
    def calls(self) -> list[str]:
        """The subgraphs that were asked, in order."""
        return [name for name, _ in self.requests]

    @property
    def texts(self) -> str:
        """Everything that was sent, as one text."""
        return "\n".join(f"{name}: {one.query}" for name, one in self.requests)

    async def data(self, query: str, **variables: Any) -> Any:
        """Run a query that must not have errors."""
        result = await self.engine.run(query, None, variables)
        assert not result.errors, result.errors
        return result.data


@pytest.fixture
def world() -> type[World]:
    return World


@pytest.fixture
def subgraph() -> type[LocalSubgraph]:
    return LocalSubgraph


composing = import_module("c360_federation.compose.composing")


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Compose without some of the checks, as a careless composer would."""

    def leave_out(*checks: str) -> None:
        for check in checks:
            monkeypatch.setattr(composing, check, lambda *_: None)

    return leave_out
