"""Lists: every item has its own place, and all that must be waited for is waited for together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import suppress
from types import CoroutineType
from typing import Any

from graphql import GraphQLError, Undefined, get_named_type, is_leaf_type, located_error
from graphql.pyutils import gather_with_cancel, is_awaitable, is_iterable

from c360_subgraph.execution import Execution
from c360_subgraph.pacing import AT_ONCE, PACE
from c360_subgraph.path import Path, keys_of
from c360_subgraph.position import Complete, Position
from c360_subgraph.site import Site

LONGEST_LIST = 1_000
"""Items of a list that are shown; what is beyond is cut off, and an error says so."""

_END = object()


# Lists of a root are as long as what was asked with: entities, receipts, results.
_ROOTS = frozenset(("Query", "Mutation", "Subscription"))


class ListCut(Exception):
    """A list has more items than are shown."""

    def __init__(self) -> None:
        super().__init__(f"the list is longer than the {LONGEST_LIST} items that are given")


def list_of(site: Site, item: Position, plain: type) -> Complete:
    """Completes lists; items whose class is `plain` are in the response as they are.

    Of a list below a root `LONGEST_LIST` items are, and an error says that it was cut.
    """
    is_bounded = site.parent.name not in _ROOTS
    is_leaf = is_leaf_type(get_named_type(site.field.type))

    def complete(execution: Execution, value: Any, path: Path) -> Any:  # noqa: ANN401
        if value.__class__ is list or value.__class__ is tuple:
            if is_bounded and len(value) > LONGEST_LIST:
                value = value[:LONGEST_LIST]
                execution.note(located_error(ListCut(), site.nodes, keys_of(path)))
            if len(value) > AT_ONCE and not is_leaf:
                return complete_in_turns(execution, value, path)
            PACE.work(len(value))
            return complete_items(execution, value, path)
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        if hasattr(value, "__aiter__"):
            return _complete_stream(item, execution, value.__aiter__(), path)
        if not is_iterable(value):
            raise GraphQLError(
                f"Expected Iterable, but did not find one for field '{site.coordinate}'."
            )
        return complete_items(execution, value, path)

    async def complete_in_turns(
        execution: Execution, values: Sequence[Any], path: Path
    ) -> list[Any]:
        completed: list[Any] = []
        for start in range(0, len(values), AT_ONCE):
            part = values[start : start + AT_ONCE]
            await PACE.take(len(part))
            try:
                done = complete_items(execution, part, path, start)
                completed += await done if done.__class__ is CoroutineType else done
            except Exception:
                _leave(execution, [], iter(values[start + AT_ONCE :]))
                raise
        return completed

    def complete_items(
        execution: Execution, values: Iterable[Any], path: Path, start: int = 0
    ) -> Any:  # noqa: ANN401
        completed: list[Any] = []
        waiting: list[int] = []
        items = iter(values)
        try:
            for index, value in enumerate(items):
                if value.__class__ is plain:
                    completed.append(value)
                    continue
                placed = item.place(execution, value, (path, start + index, None))
                completed.append(placed)
                if placed.__class__ is CoroutineType:
                    waiting.append(index)
        except Exception:
            _leave(execution, [completed[index] for index in waiting], items)
            raise
        return _gathered(completed, waiting) if waiting else completed

    return complete


def _leave(execution: Execution, waiting: list[Awaitable[Any]], items: Iterator[Any]) -> None:
    with suppress(Exception):
        waiting.extend(value for value in items if is_awaitable(value))
    if waiting:
        execution.settle(waiting)


async def _gathered(completed: list[Any], waiting: list[int]) -> list[Any]:
    if len(waiting) == 1:
        completed[waiting[0]] = await completed[waiting[0]]
        return completed
    results = await gather_with_cancel(*(completed[index] for index in waiting))
    for index, result in zip(waiting, results, strict=True):
        completed[index] = result
    return completed


async def _complete_stream(
    item: Position, execution: Execution, values: AsyncIterator[Any], path: Path
) -> list[Any]:
    completed: list[Any] = []
    waiting: list[int] = []
    try:
        while (value := await _next(item, values, path)) is not _END:
            placed = item.place(execution, value, (path, len(completed), None))
            if placed.__class__ is CoroutineType:
                waiting.append(len(completed))
            completed.append(placed)
    except Exception:
        with suppress(Exception):
            await values.aclose()  # type: ignore[attr-defined]
        if waiting:
            execution.settle([completed[index] for index in waiting])
        raise
    return await _gathered(completed, waiting) if waiting else completed


async def _next(item: Position, values: AsyncIterator[Any], path: Path) -> Any:  # noqa: ANN401
    try:
        return await anext(values, _END)
    except Exception as error:
        # The stream is the field's: what breaks it is an error at the field, not at an item.
        raise located_error(error, item.nodes, keys_of(path)) from error
