"""A compiled operation that was forgotten, and a run that failed, are gone at once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import pytest
from c360_subgraph import Operations
from c360_subgraph.documents import freed_at_once
from c360_subgraph.frames import forget_frames
from c360_subgraph.operation import Operation
from c360_subgraph.strawberry_fields import StrawberryFields
from c360_subgraph.variables import VariableReader
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse

MANY = 20
SCHEMA = """
  interface Named { name(is: Int!): String near: Named all: [Named!] }
  type A implements Named { name(is: Int!): String near: Named all: [Named!] }
  type B implements Named { name(is: Int!): String near: Named all: [Named!] must: Int! }
  union Either = A | B
  type Query { near: Named either: [Either!] }
"""
QUERY = """query($is: Int!, $yes: Boolean!) {
  near { ...F ... on B { near { ...F } } }
  either { ...F }
}
fragment F on Named {
  name(is: $is) @include(if: $yes) near { all { name(is: 3) near { name(is: $is) } } }
}"""
VARIABLES = {"is": 1, "yes": True}


class Thing:
    """A `B` whose neighbours are like it; without a name it fails at that."""

    must = None

    def __init__(self, title: str = "", depth: int = 4) -> None:
        self.title = title
        self.near = Thing(title, depth - 1) if depth else None
        self.all = [self.near] if self.near else []
        self.either = self.all

    def name(self, info: object, **_: object) -> str:
        if not self.title:
            raise LookupError("no name")
        return self.title


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    made = build_schema(SCHEMA)
    for name in ("Named", "Either"):
        made.type_map[name].resolve_type = lambda *_: "B"  # type: ignore[attr-defined]
    return made


def left_by(work: Callable[[], object]) -> int:
    """Objects in circles, for each time."""
    work()
    gc.collect()
    gc.disable()
    try:
        for _ in range(MANY):
            work()
        return gc.collect() // MANY
    finally:
        gc.enable()


def operation_of(schema: GraphQLSchema, query: str = QUERY) -> Operation:
    operation = Operations(schema).prepare(query).operation
    assert operation is not None
    return operation


def test_what_was_compiled_and_forgotten(schema: GraphQLSchema) -> None:
    document, loop = freed_at_once(parse(QUERY)), asyncio.new_event_loop()

    def compiled() -> None:
        operation = Operation(schema, document, None, StrawberryFields(schema))
        execution = operation.run(VARIABLES, None, Thing("x"))
        assert not loop.run_until_complete(execution).errors

    assert left_by(compiled) == 0


@pytest.mark.parametrize("query", [QUERY, "{ near { ... on B { must } } }"])
def test_a_run_that_failed_once_its_errors_are_forgotten(schema: GraphQLSchema, query: str) -> None:
    operation, loop = operation_of(schema, query), asyncio.new_event_loop()

    def failed() -> None:
        result = loop.run_until_complete(operation.run(VARIABLES, None, Thing()))
        assert result.errors
        forget_frames(result.errors)

    assert left_by(failed) == 0


def test_variables_that_do_not_fit(schema: GraphQLSchema) -> None:
    operation = parse(QUERY).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    reader = VariableReader(schema, operation)

    def unfit() -> None:
        assert reader.read({"is": "one", "yes": 3}) is None

    assert left_by(unfit) == 0


def test_a_text_that_is_no_graphql_keeps_no_frame(schema: GraphQLSchema) -> None:
    (error,) = Operations(schema).prepare("{ near { ").errors
    assert error.__traceback__ is None
