"""Representations: which response keys hold the key and `@requires` fields of an entity."""

from __future__ import annotations

from collections.abc import Iterator

from c360_federation.plan.model import Input, InputFragment, Inputs
from c360_federation.plan.response_keys import Place, ResponseKeys
from c360_federation.selection import TYPENAME, Fragment, Items
from c360_federation.supergraph.model import Supergraph

_TYPENAME_INPUT = Input(TYPENAME, TYPENAME)


def read_inputs(
    supergraph: Supergraph, keys: ResponseKeys, items: Items, type_name: str, place: Place
) -> Inputs:
    """Say where each field of a field set is found in an object at `place`."""
    found: list[Input | InputFragment] = []
    for item in items:
        if isinstance(item, Fragment):
            children = read_inputs(supergraph, keys, item.children, item.on, place)
            found.append(InputFragment(supergraph.possible(item.on), children))
        elif item.name == TYPENAME:
            found.append(_TYPENAME_INPUT)
        else:
            key = keys.internal(item, place)
            below = supergraph.facts[type_name].fields.get(item.name, "")
            children = read_inputs(supergraph, keys, item.children, below, (*place, key))
            found.append(Input(item.name, key, _typed(supergraph, below, children)))
    return tuple(found)


def _typed(supergraph: Supergraph, type_name: str, children: Inputs) -> Inputs:
    """An abstract value inside a representation has to say what it is."""
    facts = supergraph.facts.get(type_name)
    if facts is None or not facts.is_abstract or not children or _TYPENAME_INPUT in children:
        return children
    return (_TYPENAME_INPUT, *children)


def joined_inputs(first: Inputs, second: Inputs) -> Inputs:
    """Everything that either representation holds."""
    merged: dict[object, Input | InputFragment] = {_slot(one): one for one in first}
    for one in second:
        present = merged.get(_slot(one))
        if present is None:
            merged[_slot(one)] = one
        elif isinstance(one, Input) and isinstance(present, Input):
            children = joined_inputs(present.children, one.children)
            merged[_slot(one)] = Input(one.name, one.key, children)
        elif isinstance(one, InputFragment):
            children = joined_inputs(present.children, one.children)
            merged[_slot(one)] = InputFragment(one.types, children)
    return tuple(merged.values())


def _slot(one: Input | InputFragment) -> object:
    return (one.name, one.key) if isinstance(one, Input) else one.types


def inputs_clash(first: Inputs, second: Inputs) -> bool:
    """Whether one representation field would need two values (other arguments)."""
    names = dict(_names(first, ()))
    return any(names.get(name, key) != key for name, key in _names(second, ()))


def _names(inputs: Inputs, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for one in inputs:
        if isinstance(one, InputFragment):
            yield from _names(one.children, above)
        else:
            yield (*above, one.name), one.key
            yield from _names(one.children, (*above, one.name))
