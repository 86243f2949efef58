"""What an operation on record is found by: coordinates, tags, rules and its kind.

Many operations have the same marks, so a set of them is kept once, as a footprint.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from c360_kernel.payload import CoordinateUse, OperationAudited

TAG, RULE, KIND = "tag:", "rule:", "kind:"
"""Beginnings of marks. A coordinate is its own mark, and has no colon before its point."""


def marks_of(operation: OperationAudited) -> frozenset[str]:
    """Every coordinate that was used or refused, its tags and rules, and the kind of the entry."""
    return _marks(operation.kind, operation.uses)


# The same operation is asked again and again, and is decided alike while policy stays.
@lru_cache(maxsize=4_096)
def _marks(kind: str, uses: tuple[CoordinateUse, ...]) -> frozenset[str]:
    marks = {mark for use in uses for mark in _marks_of_use(use)}
    return frozenset({KIND + kind, *marks})


def _marks_of_use(use: CoordinateUse) -> Iterator[str]:
    yield use.coordinate
    yield from (TAG + name for name in parts(use.tag))
    yield from (RULE + name for name in parts(use.rule))


def parts(joined: str) -> list[str]:
    """The names in a list as entries hold it."""
    return joined.split(",") if joined else []
