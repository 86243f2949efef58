"""What is selected of one object: all fields together, or for mutations one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql.pyutils import gather_with_cancel

from c360_subgraph.execution import Execution
from c360_subgraph.path import Path

ReadField: TypeAlias = Callable[[Execution, Any, "Path | None"], Any]
"""The response's value of a field of an object at a path, or a coroutine for it."""


class FieldReader(NamedTuple):
    """`read` reads any value of the field.

    Of most fields it is an attribute whose values of the classes in `plain` are in the response as
    they are: these need no call.
    """

    read: ReadField
    attribute: str = ""
    plain: tuple[type, ...] = ()


Select: TypeAlias = Callable[[Execution, Any, "Path | None"], Any]
"""The selected fields of an object at a path by key, or a coroutine for them."""


def together(fields: Sequence[tuple[str, FieldReader]]) -> Select:
    """All fields start in their order; all that must be waited for is waited for together."""
    readers = [(key, one.read, one.attribute, one.plain) for key, one in fields]

    def select(execution: Execution, source: Any, path: Path | None) -> Any:  # noqa: ANN401
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for key, read, attribute, plain in readers:
                if plain:
                    try:
                        value = getattr(source, attribute)
                    except Exception as error:
                        value = error  # it fails again, where that is told
                    if value.__class__ in plain:
                        results[key] = value
                        continue
                result = results[key] = read(execution, source, path)
                if result.__class__ is CoroutineType:
                    waiting.append(key)
        except Exception:
            if waiting:
                execution.settle([results[key] for key in waiting])
            raise
        return _gathered(results, waiting) if waiting else results

    return select


def one_after_the_other(fields: Sequence[tuple[str, FieldReader]]) -> Select:
    """A field starts when the one before it has ended."""

    async def select(execution: Execution, source: Any, path: Path | None) -> Any:  # noqa: ANN401
        results: dict[str, Any] = {}
        for key, reader in fields:
            result = reader.read(execution, source, path)
            results[key] = await result if result.__class__ is CoroutineType else result
        return results

    return select


async def _gathered(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    if len(waiting) == 1:
        results[waiting[0]] = await results[waiting[0]]
        return results
    awaited = await gather_with_cancel(*(results[key] for key in waiting))
    results.update(zip(waiting, awaited, strict=True))
    return results
