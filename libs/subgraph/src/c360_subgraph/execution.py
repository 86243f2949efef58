"""The state of one run of a compiled operation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution import VariableValues

from c360_subgraph.path import Path


@dataclass(frozen=True, slots=True)
class OperationSource:
    """What was compiled."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]


class Execution:
    """One run: what it was given, the errors so far, and awaitables nobody waits for any more."""

    __slots__ = ("_background", "_nulled", "context", "errors", "root_value", "source", "variables")

    def __init__(
        self,
        source: OperationSource,
        variables: VariableValues,
        context: object,
        root_value: object,
    ) -> None:
        self.source = source
        self.variables = variables
        self.context = context
        self.root_value = root_value
        self.errors: list[GraphQLError] = []
        self._nulled: set[Path | None] = set()
        self._background: set[asyncio.Future[Any]] = set()

    def add_error(self, error: GraphQLError, path: Path | None) -> None:
        """Note the error of a position that becomes null, unless it lies in a null already."""
        above = path
        while above is not None:
            if above in self._nulled:
                return
            above = above[0]
        if None in self._nulled:
            return
        self._nulled.add(path)
        self.errors.append(error)

    def note(self, error: GraphQLError) -> None:
        """Note an error beside a value that is there."""
        self.errors.append(error)

    def settle(self, awaitables: Iterable[Awaitable[Any]]) -> None:
        """Let awaitables end that nobody waits for, and be silent about how."""
        future = asyncio.gather(*awaitables, return_exceptions=True)
        self._background.add(future)
        future.add_done_callback(self._background.discard)
