"""The ways to answer one item from where the planner stands, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from c360_federation.selection import Items
from c360_federation.supergraph.model import Key

HOP = 1000
"""One more request; a field answered in a request that is made anyway costs 1."""
IMPOSSIBLE_CONDITION = 50
"""A fragment that cannot match here: legal, but a graph that knows the type is better."""
INFEASIBLE = 10**9


class PlannerState(NamedTuple):
    """Where the planner stands: a type in a graph, and what it may not try again."""

    graph: str
    type: str
    provided: Items = ()
    visited: frozenset[str] = frozenset()
    chain: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Local:
    """Ask the graph we stand in."""


@dataclass(frozen=True, slots=True)
class PerType:
    """Ask separately for each concrete type that may turn up here."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hop:
    """Ask another graph (or the same one again, with more known) by an entity call."""

    graph: str
    target: str
    key: Key
    requires: Items = ()


@dataclass(frozen=True, slots=True)
class Chains:
    """Answer each leaf by its own way: the value is spread over several graphs."""

    items: Items


Choice: TypeAlias = Local | PerType | Hop | Chains


class Option(NamedTuple):
    """A choice with its cost."""

    cost: int
    choice: Choice


def total(first: int, second: int) -> int:
    """Add costs without leaving the infeasible ceiling."""
    return min(first + second, INFEASIBLE)
