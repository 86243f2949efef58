"""Which coordinates of the graph a condition reads: what it is derived from, it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from c360_kernel.catalog.names import pascal
from c360_kernel.visibility import PROFILE, TIMELINE


def coordinates_read(condition: Mapping[str, Any]) -> frozenset[str]:
    """The coordinates that a checked condition tree reads, in whatever depth.

    A trait is the golden one; of an event it is the timeline, its name, and each property tested.
    """
    return frozenset(_read(condition))


def named_by(tree: object, form: str) -> Iterator[str]:
    """The `trait`s or `property`s that a checked condition tests, in whatever depth."""
    return (str(leaf[form]) for leaf in _leaves(tree) if form in leaf)


def is_of_traits(condition: Mapping[str, Any]) -> bool:
    """Whether a checked condition tests traits alone, and counts no events."""
    return not any("event" in leaf for leaf in _leaves(condition))


def _read(tree: Mapping[str, Any]) -> Iterator[str]:
    for leaf in _leaves(tree):
        if "trait" in leaf:
            yield f"{PROFILE}.{leaf['trait']}"
        if "event" in leaf:
            event = pascal(leaf["event"])
            yield from (TIMELINE, f"{event}.name")
            yield from (f"{event}.{test['property']}" for test in leaf.get("where", ()))


def _leaves(tree: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(tree, Mapping):
        return
    fields = cast("Mapping[str, Any]", tree)
    parts = (*fields.get("all", ()), *fields.get("any", ()))
    for part in (*parts, fields["not"]) if "not" in fields else parts:
        yield from _leaves(part)
    yield fields
