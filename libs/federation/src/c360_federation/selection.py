"""Immutable selections: the vocabulary that every room shares.

Selections are memo keys of the planner, so items never change and know their hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as it is printed, with the variables and input coordinates it mentions.

    A directive that goes with the field to its subgraph is held as one named `@directive`, with
    its brackets as the value: it takes part in all that arguments take part in.
    """

    name: str
    value: str
    variables: tuple[str, ...] = ()
    uses: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_directive(self) -> bool:
        """Whether it is said of the field and not given to it."""
        return self.name.startswith("@")


def printed_arguments(arguments: Iterable[Argument]) -> str:
    """What stands between a field's name and its selection."""
    listed = tuple(arguments)
    texts = [f"{one.name}: {one.value}" for one in listed if not one.is_directive]
    marks = [f" {one.name}{one.value}" for one in listed if one.is_directive]
    return (f"({', '.join(texts)})" if texts else "") + "".join(marks)


@dataclass(frozen=True, slots=True)
class Field:
    """A selected field; `key` is its response key."""

    key: str
    name: str
    arguments: tuple[Argument, ...] = ()
    children: tuple[Item, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        digest = hash((self.key, self.name, self.arguments, self.children))
        object.__setattr__(self, "_hash", digest)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Fragment:
    """A selection that applies only to objects of type `on`."""

    on: str
    children: tuple[Item, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.on, self.children)))

    def __hash__(self) -> int:
        return self._hash


Item: TypeAlias = Field | Fragment
Items: TypeAlias = tuple[Item, ...]


def merge_items(items: Iterable[Item]) -> Items:
    """Join equal response keys and equal fragments, keeping the order of first appearance."""
    found: dict[tuple[str, ...], dict[Item, None]] = {}
    for item in items:
        slot = (item.key,) if isinstance(item, Field) else ("...", item.on)
        found.setdefault(slot, {})[item] = None
    return tuple(_joined(tuple(same)) for same in found.values())


def _joined(same: tuple[Item, ...]) -> Item:
    first = same[0]
    if len(same) == 1:
        return first
    children = merge_items(child for item in same for child in item.children)
    if isinstance(first, Field):
        return Field(first.key, first.name, first.arguments, children)
    return Fragment(first.on, children)


def leaves(items: Items) -> int:
    """How many leaf fields a selection holds."""
    return sum(leaves(item.children) if item.children else 1 for item in items)


def single_leaf_chains(item: Item) -> Iterator[Item]:
    """Split an item into copies of itself that each hold one leaf."""
    if not item.children:
        yield item
        return
    for child in item.children:
        for chain in single_leaf_chains(child):
            yield (
                Field(item.key, item.name, item.arguments, (chain,))
                if isinstance(item, Field)
                else Fragment(item.on, (chain,))
            )


def variables_of(items: Items) -> frozenset[str]:
    """The names of all variables that a selection mentions."""
    found: set[str] = set()
    for item in items:
        if isinstance(item, Field):
            found.update(name for argument in item.arguments for name in argument.variables)
        found.update(variables_of(item.children))
    return frozenset(found)
