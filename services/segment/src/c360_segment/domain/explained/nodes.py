"""The nodes of a condition, each beside the part of the catalog that says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from c360_kernel.conditions import tree
from c360_kernel.conditions.tree import All, AnyOf, Not

from c360_segment.domain.leaves import Condition, Leaf, Timed
from c360_segment.domain.timed.held import Held, PastLeaf

Definition = Mapping[str, Any]


class Node(NamedTuple):
    """A part of a condition. `path` is where the definition says it: ("all", 0, "not")."""

    path: tuple[str | int, ...]
    definition: Definition
    condition: Condition

    @property
    def leaf(self) -> Leaf | None:
        """Itself, where it has no parts."""
        is_of_parts = isinstance(self.condition, All | AnyOf | Not)
        return None if is_of_parts else cast(Leaf, self.condition)


def nodes_of(
    definition: Definition, condition: Condition, path: tuple[str | int, ...] = ()
) -> Iterator[Node]:
    """The condition and all its parts, each before its own parts."""
    yield Node(path, definition, condition)
    match condition:
        case All(parts):
            yield from _parts(definition["all"], parts, (*path, "all"))
        case AnyOf(parts):
            yield from _parts(definition["any"], parts, (*path, "any"))
        case Not(part):
            yield from nodes_of(definition["not"], part, (*path, "not"))
        case Timed(Held(inner)):
            yield from _held_parts(definition["held"], inner, (*path, "held"))
        case _:
            return


def _parts(
    definitions: Sequence[Definition], parts: Sequence[Condition], path: tuple[str | int, ...]
) -> Iterator[Node]:
    for number, (definition, part) in enumerate(zip(definitions, parts, strict=True)):
        yield from nodes_of(definition, part, (*path, number))


def _held_parts(
    definition: Definition, part: tree.Condition[PastLeaf], path: tuple[str | int, ...]
) -> Iterator[Node]:
    """What has to be so for a time, and its parts: each as what is so by itself, since when."""
    yield Node(path, definition, Timed(Held(part, 0)))
    match part:
        case All(parts) | AnyOf(parts):
            form = "all" if isinstance(part, All) else "any"
            for number, one in enumerate(parts):
                yield from _held_parts(definition[form][number], one, (*path, form, number))
        case Not(one):
            yield from _held_parts(definition["not"], one, (*path, "not"))
        case Held(inner):
            yield from _held_parts(definition["held"], inner, (*path, "held"))
        case _:
            return
