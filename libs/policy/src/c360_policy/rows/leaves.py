"""The leaf of a row rule: a test of a marked trait, whose value may be the caller's (`$team`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from c360_kernel.catalog.comparing import comparable
from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    LeafCheck,
    Path,
    comparison,
    faults,
    trait_leaf,
    unknown_fields,
    word,
)
from c360_kernel.conditions.operators import OPERATORS, Operator

_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_LEAF = ("trait", "op", "value")
SUBJECT = "sub"
"""The attribute that every caller has: who it is."""


def variable(value: object) -> str | None:
    """The attribute that a value stands for: `team` for `$team`."""
    if isinstance(value, str) and _VARIABLE.fullmatch(value):
        return value[1:]
    return None


def shape_faults(tree: object) -> Faults:
    """What is wrong with a condition whatever the catalog says."""
    return faults(tree, {"trait": _shape})


def meaning_faults(tree: object, traits: Mapping[str, TraitType]) -> Faults:
    """What is wrong with it under a catalog that marks some of these traits."""
    return faults(tree, {"trait": _meaning(traits)})


def _shape(fields: Fields, path: Path) -> Faults:
    yield from unknown_fields(fields, _LEAF, path)
    yield from _no_variable(fields, path)
    yield from comparison(fields, None, path)


def _no_variable(fields: Fields, path: Path) -> Iterator[Fault]:
    value = fields.get("value")
    items = cast("list[object]", value) if isinstance(value, list) else []
    if any(isinstance(one, str) and one.startswith("$") for one in items):
        yield Fault((*path, "value"), "an attribute stands alone, not in a list")
    elif isinstance(value, str) and value.startswith("$") and variable(value) is None:
        yield Fault((*path, "value"), "an attribute is written $name")


def _meaning(traits: Mapping[str, TraitType]) -> LeafCheck:
    def check(fields: Fields, path: Path) -> Faults:
        name = yield from word(fields, "trait", traits, "trait", path)
        trait = traits.get(name or "")
        if trait is None:
            return
        if not trait.row_rule:
            message = f"trait '{trait.name}' is not marked in the catalog: rowRule: true"
            yield Fault((*path, "trait"), message)
        if variable(fields.get("value")) is None:
            fields_ = {**fields, "value": comparable(fields.get("value"), trait)}
            yield from trait_leaf(traits)(fields_ if "value" in fields else fields, path)
        else:
            yield from _operator(fields, trait, path)

    return check


def _operator(fields: Fields, trait: TraitType, path: Path) -> Faults:
    operator = cast(Operator, fields["op"])
    if trait.type not in OPERATORS[operator]:
        message = f"'{operator}' cannot be asked of type '{trait.type}'"
        yield Fault((*path, "op"), message)
