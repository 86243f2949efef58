"""The customers that a caller is told of: the rules of its roles, with its own attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from c360_kernel.catalog.comparing import comparable
from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.operators import Operator
from c360_kernel.conditions.reading import read_condition, read_test
from c360_kernel.conditions.tree import (
    EVERYBODY,
    NOBODY,
    AnyOf,
    Not,
    ValueCondition,
    ValueTest,
)
from c360_kernel.context import Attributes
from c360_kernel.errors import Invalid
from c360_kernel.record import TraitValue
from c360_kernel.value_types import typed

from c360_policy.rows.certain import certainly
from c360_policy.rows.leaves import SUBJECT, variable
from c360_policy.rows.model import Sees, Tree


class _Unknown(Exception):
    """An attribute is missing, or is nothing that the trait can be compared with."""


def scope_for(
    rules: Sequence[Sees | None],
    subject: str,
    attributes: Attributes,
    traits: Mapping[str, TraitType],
) -> ValueCondition:
    """Whom a caller sees by the rules of its roles together; a rule of None sees everybody.

    A rule that asks for an attribute which the caller has not sees nobody.
    """
    if not rules or any(rule is None or rule == "everybody" for rule in rules):
        return EVERYBODY
    known = {**dict(attributes), SUBJECT: (subject,)}
    seen = [_seen(cast(Tree, one), known, traits) for one in rules if one != "none"]
    parts = tuple(one for one in seen if one != NOBODY)
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _seen(
    tree: Tree, known: Mapping[str, tuple[str, ...]], traits: Mapping[str, TraitType]
) -> ValueCondition:
    try:
        read = read_condition(tree, lambda leaf: _leaf(leaf, known, traits))
        return certainly(cast(ValueCondition, read))
    except (_Unknown, Invalid, KeyError, ValueError):
        return NOBODY


def _leaf(
    leaf: Tree, known: Mapping[str, tuple[str, ...]], traits: Mapping[str, TraitType]
) -> ValueCondition:
    trait = traits[cast(str, leaf["trait"])]
    if not trait.row_rule:
        raise _Unknown
    name = variable(leaf.get("value"))
    if name is None:
        given = {**leaf, "value": comparable(leaf["value"], trait)} if "value" in leaf else leaf
        return read_test(given, trait)
    values = tuple(_value(text, leaf, trait) for text in known.get(name, ()))
    if not values:
        raise _Unknown
    return _compared(trait.name, cast(Operator, leaf["op"]), values)


def _compared(name: str, operator: Operator, values: tuple[TraitValue, ...]) -> ValueCondition:
    """A test of all values of an attribute: one of them, or for `not_equals` none of them."""
    first, *others = values
    match operator:
        case "equals" | "in":
            return _one_of(name, values)
        case "not_equals":
            return Not(_one_of(name, values))
        case "contains" | "starts_with":
            return AnyOf(tuple(ValueTest(name, operator, value) for value in values))
        case _:
            if others:
                raise _Unknown
            return ValueTest(name, operator, first)


def _one_of(name: str, values: tuple[TraitValue, ...]) -> ValueTest:
    """A single value is compared by itself, which costs a store less."""
    is_single = len(values) == 1
    return ValueTest(name, "equals", values[0]) if is_single else ValueTest(name, "in", values)


def _value(text: str, leaf: Tree, trait: TraitType) -> TraitValue:
    """An attribute, which is text, as the trait it meets is stored."""
    kind = "string" if leaf["op"] == "contains" else trait.type
    return typed(_NUMBERS.get(kind, _as_written)(cast(str, comparable(text, trait))), kind)


def _as_written(text: str) -> object:
    return text


def _flag(text: str) -> object:
    return {"true": True, "false": False}.get(text, text)


_NUMBERS: Mapping[str, Callable[[str], object]] = {"int": int, "float": float, "boolean": _flag}
