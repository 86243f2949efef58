"""A place for a value, of a field or of a list's item, and what its errors do there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import FieldNode, located_error
from graphql.pyutils import is_awaitable

from c360_subgraph.execution import Execution
from c360_subgraph.pacing import PACE
from c360_subgraph.path import Path, keys_of

Complete: TypeAlias = Callable[[Execution, Any, Path], Any]
"""Turns what a resolver returned into what the response holds, or into a coroutine for it."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place of a nullable or a non-null type; `complete` knows that type."""

    nodes: Sequence[FieldNode]
    is_non_null: bool
    complete: Complete

    def place(self, execution: Execution, value: object, path: Path) -> Any:  # noqa: ANN401
        """The response's value for what a resolver gave, or a coroutine for it."""
        try:
            if is_awaitable(value):
                return self._when_resolved(execution, value, path)
            completed = self.complete(execution, value, path)
        except Exception as error:
            return self.fail(execution, error, path)
        if completed.__class__ is CoroutineType:
            return self._when_completed(execution, completed, path)
        return completed

    def fail(self, execution: Execution, error: Exception, path: Path) -> None:
        """Note the error and be null, or, where null cannot be, pass it on to the parent."""
        located = located_error(error, self.nodes, keys_of(path))
        if self.is_non_null:
            raise located
        execution.add_error(located, path)

    async def _when_resolved(
        self, execution: Execution, value: Awaitable[object], path: Path
    ) -> Any:  # noqa: ANN401
        try:
            resolved = await value
            if PACE.is_full:
                await PACE.wait()
            completed = self.complete(execution, resolved, path)
            if completed.__class__ is CoroutineType:
                completed = await completed
        except Exception as error:
            return self.fail(execution, error, path)
        return completed

    async def _when_completed(
        self, execution: Execution, completing: Coroutine[Any, Any, Any], path: Path
    ) -> Any:  # noqa: ANN401
        try:
            return await completing
        except Exception as error:
            return self.fail(execution, error, path)
