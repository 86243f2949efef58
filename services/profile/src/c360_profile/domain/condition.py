"""Conditions on golden traits: a tree whose leaves test one trait.

Text compares exactly, by code point. A missing value passes `missing` and `not_equals` and
fails every other test, as in a segment's condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from c360_kernel.record import TraitValue

Operator = Literal[
    "equals",
    "not_equals",
    "in",
    "greater_than",
    "at_least",
    "less_than",
    "at_most",
    "exists",
    "missing",
    "contains",
    "starts_with",
]
Wanted = TraitValue | tuple[TraitValue, ...] | None
"""One value, several for `in`, None for `exists` and `missing`."""

Traits = Mapping[str, TraitValue]


@dataclass(frozen=True, slots=True)
class Test:
    """One operator applied to the golden value of a trait; `wanted` is of the trait's type."""

    __test__ = False

    trait: str
    operator: Operator
    wanted: Wanted = None

    def holds(self, traits: Traits) -> bool:
        """Whether the trait passes."""
        value = traits.get(self.trait)
        if value is None:
            return self.operator in ("missing", "not_equals")
        return _OPERATORS[self.operator](value, self.wanted)


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; of nothing, always."""

    parts: tuple[Condition, ...] = ()

    def holds(self, traits: Traits) -> bool:
        """Whether every part holds."""
        return all(part.holds(traits) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when some part holds; of nothing, never."""

    parts: tuple[Condition, ...]

    def holds(self, traits: Traits) -> bool:
        """Whether some part holds."""
        return any(part.holds(traits) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: Condition

    def holds(self, traits: Traits) -> bool:
        """Whether the part fails."""
        return not self.part.holds(traits)


Condition = Test | All | AnyOf | Not
EVERYBODY = All()

_OPERATORS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "not_equals": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "greater_than": lambda value, wanted: value > wanted,
    "at_least": lambda value, wanted: value >= wanted,
    "less_than": lambda value, wanted: value < wanted,
    "at_most": lambda value, wanted: value <= wanted,
    "exists": lambda value, wanted: True,
    "missing": lambda value, wanted: False,
    "contains": lambda value, wanted: wanted in value,
    "starts_with": lambda value, wanted: value.startswith(wanted),
}


def read_condition(tree: Mapping[str, object]) -> Condition:
    """The condition of a tree in the catalog's form: `{all: [...]}`, `{trait:, op:, value:}` …"""
    if "all" in tree:
        return All(_read_parts(tree["all"]))
    if "any" in tree:
        return AnyOf(_read_parts(tree["any"]))
    if "not" in tree:
        return Not(read_condition(cast(Mapping[str, object], tree["not"])))
    value = cast(Any, tree.get("value"))
    wanted: Wanted = tuple(value) if isinstance(value, list) else value
    return Test(cast(str, tree["trait"]), cast(Operator, tree["op"]), wanted)


def _read_parts(parts: object) -> tuple[Condition, ...]:
    return tuple(map(read_condition, cast("list[Mapping[str, object]]", parts)))
