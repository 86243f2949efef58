"""What an operation on record is found by: coordinates, tags, rules, its kind and its shape.

Many operations have the same marks, so a set of them is kept once, as a footprint. By its shape
alone every leaf of a footprint has the same uses, decided alike, for the same purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache

from c360_kernel.payload import CoordinateUse, OperationAudited

TAG, RULE, KIND, SHAPE = "tag:", "rule:", "kind:", "shape:"
"""Beginnings of marks. A coordinate is its own mark, and has no colon before its point."""
_SHAPE_BYTES = 12


def marks_of(operation: OperationAudited) -> frozenset[str]:
    """Every coordinate that was used or refused, its tags and rules, the entry's kind and shape."""
    return _marks(operation.kind, operation.purpose, operation.operation_kind, operation.uses)


# The same operation is asked again and again, and is decided alike while policy stays.
@lru_cache(maxsize=4_096)
def _marks(
    kind: str, purpose: str, operation_kind: str, uses: tuple[CoordinateUse, ...]
) -> frozenset[str]:
    marks = {mark for use in uses for mark in _marks_of_use(use)}
    return frozenset({KIND + kind, _shape(purpose, operation_kind, uses), *marks})


def _shape(purpose: str, operation_kind: str, uses: tuple[CoordinateUse, ...]) -> str:
    # A purpose is text of a token: it may hold anything.
    parts_ = [purpose, operation_kind, sorted({use[:3] for use in uses})]
    digest = hashlib.blake2b(json.dumps(parts_).encode(), digest_size=_SHAPE_BYTES)
    return SHAPE + digest.hexdigest()


def _marks_of_use(use: CoordinateUse) -> Iterator[str]:
    yield use.coordinate
    yield from (TAG + name for name in parts(use.tag))
    yield from (RULE + name for name in parts(use.rule))


def parts(joined: str) -> list[str]:
    """The names in a list as entries hold it."""
    return joined.split(",") if joined else []
