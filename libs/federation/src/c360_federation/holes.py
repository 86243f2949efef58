"""Holes: what stands in merged data for a value that nobody gave, so that it can be told later.

Whoever projects the answer meets each hole at its own place, list positions and all: nothing has
to be worked out about places unless something went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

from c360_federation.errors import ErrorEntry
from c360_federation.values import JsonObject

ResponsePlace: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True, eq=False)
class Fault:
    """What went wrong in one fetch: told at each null that stands for it.

    `places` says where it is told when no null stands for it; None is no place at all.
    """

    fetch: int
    entry_at: Callable[[ResponsePlace | None], ErrorEntry]
    places: Callable[[], Iterable[ResponsePlace | None]]
    has_holes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """Stands where a value is missing; without a fault for a reason that needs no telling.

    `tail` leads on to what failed below. `is_answered` is a null that the subgraph did give.
    """

    fault: Fault | None = None
    tail: ResponsePlace = ()
    is_answered: bool = False


ABSENT = Hole()
"""What is read where there is nothing, though it was asked for."""
UNKNOWN = Hole()
"""Left by an entity that its subgraph does not know: a plain null."""
PARTLY = cast("str", object())
"""The key under which an object says why it may lack others; no reply can hold it."""


def reason(value: JsonObject) -> Hole:
    """Why an object lacks what was asked of it; ABSENT when there is no reason."""
    found = value.get(PARTLY)
    return found if isinstance(found, Hole) else ABSENT
