"""Which coordinates of the graph a condition reads: what it is derived from, it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from c360_kernel.catalog.names import pascal
from c360_kernel.visibility import PROFILE, TIMELINE


def coordinates_read(condition: Mapping[str, Any]) -> frozenset[str]:
    """The coordinates that a checked condition tree reads, in whatever depth.

    A trait is the golden one; of an event it is the timeline, its name, and each property tested.
    """
    return frozenset(_read(condition))


def _read(tree: Mapping[str, Any]) -> Iterator[str]:
    for part in (*tree.get("all", ()), *tree.get("any", ())):
        yield from _read(part)
    if "not" in tree:
        yield from _read(tree["not"])
    if "trait" in tree:
        yield f"{PROFILE}.{tree['trait']}"
    if "event" in tree:
        event = pascal(tree["event"])
        yield from (TIMELINE, f"{event}.name")
        yield from (f"{event}.{test['property']}" for test in tree.get("where", ()))
