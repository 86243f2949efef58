"""A compiled operation answers what graphql-core answers, on random schemas and operations."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
from c360_subgraph import Operations
from c360_subgraph.operation import CompiledOperation
from graphql import ExecutionResult, execute, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .random_operations import RandomOperation
from .random_worlds import Context, World


@dataclass(frozen=True)
class Answer:
    data: str
    errors: list[Any]
    batches: list[list[int]]


def answer(result: ExecutionResult, context: Context) -> Answer:
    errors = [
        (one.message, one.path, one.locations, type(one.original_error))
        for one in result.errors or ()
    ]
    return Answer(repr(result.data), errors, context.batches)


async def by_core(world: World, operation: RandomOperation) -> Answer:
    context = Context()
    result: Any = execute(
        world.schema,
        parse(operation.text),
        context_value=context,
        variable_values=operation.variables,
    )
    return answer(await result if asyncio.iscoroutine(result) else result, context)


async def compiled(operations: Operations, operation: RandomOperation) -> Answer:
    context = Context()
    prepared = operations.prepare(operation.text).operation
    assert prepared is not None
    return answer(await prepared.run(operation.variables, context), context)


def run(answering: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(asyncio.wait_for(answering, timeout=10))


SEEDS = st.integers(0, 2**32)
ran: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def compiled_runs() -> Any:
    """Counts runs: graphql-core must not be compared to itself."""
    run_compiled = CompiledOperation.run

    async def counted(self: CompiledOperation, *given: Any) -> ExecutionResult | None:
        result = await run_compiled(self, *given)
        ran["compiled" if result else "left to graphql-core"] += 1
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CompiledOperation, "run", counted)
        yield
    assert ran["compiled"] > 2 * ran["left to graphql-core"]


# A failed neighbour leaves coroutines behind that nobody awaits, in graphql-core too.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(world_seed=SEEDS, operation_seeds=st.lists(SEEDS, min_size=3, max_size=3))
def test_no_difference(world_seed: int, operation_seeds: list[int]) -> None:
    world = World(world_seed)
    operations = Operations(world.schema)
    for seed in operation_seeds:
        operation = RandomOperation(world.schema, seed)
        assert validate(world.schema, parse(operation.text)) == []
        expected = run(by_core(world, operation))
        assert run(compiled(operations, operation)) == expected
