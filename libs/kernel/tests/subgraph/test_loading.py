"""A load that several fields wait for outlives any one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

import pytest
import strawberry
from c360_kernel.subgraph.loading import SharedLoader
from c360_kernel.subgraph.schema import build_schema
from c360_subgraph import Operations
from graphql import ExecutionResult, execute, parse

QUERY = "{ people { age name } }"


class Context:
    def __init__(self) -> None:
        self.names: SharedLoader[str, str] = SharedLoader(load_fn=self._load)
        self.failed = asyncio.Event()

    async def _load(self, keys: list[str]) -> list[str]:
        await self.failed.wait()
        await asyncio.sleep(0)
        return [key.upper() for key in keys]


Info = strawberry.Info[Context, None]


@strawberry.type
class Person:
    number: int

    @strawberry.field
    async def age(self, info: Info) -> int:
        await asyncio.sleep(0)
        if self.number == 0:
            info.context.failed.set()
            raise ValueError("no age")
        return self.number

    @strawberry.field
    async def name(self, info: Info) -> str:
        return await info.context.names.load("k")


@strawberry.type
class Query:
    @strawberry.field
    async def people(self) -> list[Person | None]:
        return [Person(number=0), Person(number=1)]


SCHEMA = build_schema(Query)


async def _by_core() -> ExecutionResult:
    result = execute(SCHEMA._schema, parse(QUERY), context_value=Context())
    return await result if isawaitable(result) else result


async def _compiled() -> ExecutionResult:
    operation = Operations(SCHEMA._schema).prepare(QUERY).operation
    assert operation is not None
    return await operation.run({}, Context())


@pytest.mark.parametrize("run", [_by_core, _compiled])
async def test_an_error_beside_one_field_leaves_the_load_to_the_others(
    run: Callable[[], Awaitable[ExecutionResult]],
) -> None:
    async with asyncio.timeout(10):
        result = await run()
    assert result.data == {"people": [None, {"age": 1, "name": "K"}]}
    assert [error.path for error in result.errors or ()] == [["people", 0, "age"]]
