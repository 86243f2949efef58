"""What is not compiled runs on graphql-core all the same, and what is compiled is remembered."""

from __future__ import annotations

from typing import Any

import pytest
from c360_subgraph import Operations
from c360_subgraph import operations as module
from c360_subgraph.operation import Operation
from graphql import GraphQLError, build_schema

SCHEMA = build_schema(
    """
    directive @loud on FIELD
    type Query { word: String deep: Query sum(of: [Int!]!): Int }
    type Mutation { word: String }
    """
)


class Root:
    word = "hello"

    @property
    def deep(self) -> Root:
        return self

    def sum(self, _: object, of: list[int]) -> int:
        return sum(of)


async def answer(operations: Operations, query: str, name: str | None = None, **given: Any) -> Any:
    prepared = operations.prepare(query, name)
    if prepared.operation is None:
        return None, [error.message for error in prepared.errors]
    result = await prepared.operation.run(given, None, Root())
    errors = [GraphQLError.__str__(error).split("\n")[0] for error in result.errors or ()]
    return result.data, errors


@pytest.fixture
def by_core(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of the operations that graphql-core ran."""
    ran: list[str | None] = []
    run = Operation._by_core

    async def noted(self: Operation, *given: Any) -> Any:
        ran.append(self.name)
        return await run(self, *given)

    monkeypatch.setattr(Operation, "_by_core", noted)
    return ran


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ __schema { queryType { name } } }", {"__schema": {"queryType": {"name": "Query"}}}),
        ('{ __type(name: "Query") { name } }', {"__type": {"name": "Query"}}),
        ("{ word @loud }", {"word": "hello"}),
        ("{ word } # " + "x" * 70_000, {"word": "hello"}),
    ],
)
async def test_left_to_graphql_core(query: str, data: Any, by_core: list[str | None]) -> None:
    assert await answer(Operations(SCHEMA), query) == (data, [])
    assert by_core == [None]


async def test_selections_too_deep_to_compile_are_left_to_graphql_core(
    by_core: list[str | None],
) -> None:
    query = "{ deep " * 190 + "{ word }" + " }" * 190
    data, _ = await answer(Operations(SCHEMA), query)
    assert list(data) == ["deep"]
    assert by_core == [None]


@pytest.mark.parametrize(
    ("query", "name", "error"),
    [
        ("query A { word } query B { word }", None, "Must provide operation name"),
        ("query A { word } query B { word }", "C", "Unknown operation named 'C'."),
        ("fragment F on Query { word }", None, "Fragment 'F' is never used."),
        ("subscription { word }", None, "The subscription operation is not supported"),
        ("query ($x: Boolean!) { word @skip(if: $x) }", None, "Variable '$x' has invalid value"),
    ],
)
async def test_errors_of_requests_are_graphql_cores(
    query: str, name: str | None, error: str
) -> None:
    data, [response] = await answer(Operations(SCHEMA), query, name)
    assert data is None
    assert response.startswith(error)


async def test_an_operation_is_compiled_once_for_each_way_its_conditions_are_settled(
    monkeypatch: pytest.MonkeyPatch, by_core: list[str | None]
) -> None:
    from c360_subgraph import operation

    compiled: list[Any] = []
    compile_operation = operation.compile_operation

    def counted(source: Any, conditions: Any, shortcuts: Any) -> Any:
        compiled.append(dict(conditions))
        return compile_operation(source, conditions, shortcuts)

    monkeypatch.setattr(operation, "compile_operation", counted)
    operations = Operations(SCHEMA)
    query = "query A($x: Boolean!) { word @skip(if: $x) __typename } query B { word }"
    for x in (True, False, True, False):
        data, _ = await answer(operations, query, "A", x=x)
        assert ("word" in data) is not x
    assert compiled == [{"x": True}, {"x": False}]
    assert by_core == []


async def test_a_list_may_be_given_as_its_only_item(by_core: list[str | None]) -> None:
    operations = Operations(SCHEMA)
    assert await answer(operations, "{ sum(of: 3) }") == ({"sum": 3}, [])
    assert await answer(operations, "{ sum(of: [3, 4]) }") == ({"sum": 7}, [])
    assert not by_core


async def test_the_cache_is_bounded() -> None:
    operations = Operations(SCHEMA)
    for number in range(module._REMEMBERED + 20):
        await answer(operations, f"{{ w{number}: word }}")
    assert operations._remembered.cache_info().currsize == module._REMEMBERED


async def test_mutations_run_one_after_the_other() -> None:
    ran: list[str] = []

    class Slow:
        async def word(self, _: object) -> str:
            ran.append("starts")
            ran.append("ends")
            return "x"

    operation = Operations(SCHEMA).prepare("mutation { a: word b: word }").operation
    assert operation is not None
    result = await operation.run({}, None, Slow())
    assert result.data == {"a": "x", "b": "x"}
    assert ran == ["starts", "ends"] * 2
