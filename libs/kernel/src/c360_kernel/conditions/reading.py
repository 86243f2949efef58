"""Gives a condition in the form of documents its meaning.

The forms are `{all: [...]}`, `{any: [...]}`, `{not: ...}` and those of leaves, of which
`{trait: name, op: ..., value: ...}` is everybody's. What is read here was checked before (see
`c360_kernel.conditions.checking`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

from c360_kernel.conditions.operators import WITHOUT_VALUE, Operator, Wanted
from c360_kernel.conditions.tree import All, AnyOf, Condition, Not, ValueCondition, ValueTest
from c360_kernel.value_types import ValueType, typed

L = TypeVar("L")
Tree = Mapping[str, Any]


class Subject(Protocol):
    """What a test may be of: a trait of the catalog, or a property of an event."""

    @property
    def name(self) -> str:
        """Its name in the catalog."""
        ...

    @property
    def type(self) -> ValueType:
        """The type of its values."""
        ...


def read_condition(tree: Tree, read_leaf: Callable[[Tree], L]) -> Condition[L]:
    """The condition a checked tree stands for; `read_leaf` is given what is no all, any or not."""
    if "all" in tree:
        return All(tuple(read_condition(part, read_leaf) for part in tree["all"]))
    if "any" in tree:
        return AnyOf(tuple(read_condition(part, read_leaf) for part in tree["any"]))
    if "not" in tree:
        return Not(read_condition(tree["not"], read_leaf))
    return read_leaf(tree)


def read_traits(tree: Tree, traits: Mapping[str, Subject]) -> ValueCondition:
    """A condition on traits alone."""
    return read_condition(tree, lambda leaf: read_test(leaf, traits[leaf["trait"]]))


def read_test(tree: Tree, subject: Subject) -> ValueTest:
    """One test; the value takes the type of what it meets."""
    operator = cast(Operator, tree["op"])
    return ValueTest(subject.name, operator, _wanted(tree.get("value"), operator, subject.type))


def _wanted(value: Any, operator: Operator, type_: ValueType) -> Wanted:  # noqa: ANN401 - a document
    if operator in WITHOUT_VALUE:
        return None
    if operator == "in":
        return tuple(typed(item, type_) for item in value)
    return typed(value, "string" if operator == "contains" else type_)
