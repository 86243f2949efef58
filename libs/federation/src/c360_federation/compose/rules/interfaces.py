"""Keys of interfaces, and `@interfaceObject`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import KeyDef, Subgraph, TypeDef
from c360_federation.errors import SupergraphError
from c360_federation.selection import Field, Items
from c360_federation.supergraph.field_sets import parse_field_set

Declared = Sequence[tuple[Subgraph, TypeDef]]


def check_interface_keys(subgraph: Subgraph, problems: ProblemList) -> None:
    """Every type of an interface with a key has that key, and resolves it likewise."""
    for interface in subgraph.types.values():
        if interface.kind != "interface":
            continue
        types = [
            one
            for one in subgraph.types.values()
            if one.kind == "object" and interface.name in one.interfaces
        ]
        for key in interface.keys:
            lacking = [one.name for one in types if not _has_key(one, key)]
            if lacking:
                message = (
                    f"{interface.name} has @key(fields: {key.fields!r}) in subgraph "
                    f"{subgraph.name!r}, but {', '.join(lacking)} lacks it or does not resolve it."
                )
                code = "INTERFACE_KEY_NOT_ON_IMPLEMENTATION"
                problems.add(code, message, (subgraph.name,), interface.name)
    _check_objects(subgraph, problems)


def _check_objects(subgraph: Subgraph, problems: ProblemList) -> None:
    for one in subgraph.types.values():
        if one.is_interface_object and not one.keys:
            message = (
                f"{one.name} is @interfaceObject in {subgraph.name!r} without a @key. Add the key."
            )
            problems.add("INTERFACE_OBJECT_USAGE_ERROR", message, (subgraph.name,), one.name)


def _has_key(one: TypeDef, key: KeyDef) -> bool:
    wanted = _shape(key.fields)
    found = [each for each in one.keys if _shape(each.fields) == wanted]
    return bool(found) and (found[0].resolvable or not key.resolvable)


def _shape(text: str) -> object:
    """A field set without its order."""
    try:
        return _items(parse_field_set(text))
    except SupergraphError:
        return text


def _items(items: Items) -> frozenset[object]:
    return frozenset(
        (one.name if isinstance(one, Field) else f"... {one.on}", _items(one.children))
        for one in items
    )


def check_interfaces(
    name: str, found: Declared, declared: Mapping[str, Declared], problems: ProblemList
) -> None:
    """Over all subgraphs: keys know all types, and interface objects none."""
    if not any(one.kind == "interface" or one.is_interface_object for _, one in found):
        return
    types = {
        each
        for each, others in declared.items()
        if any(one.kind == "object" and name in one.interfaces for _, one in others)
    }
    for graph, one in found:
        own = {each for each in types if each in graph.types}
        if one.kind == "interface" and any(key.resolvable for key in one.keys):
            implementing = {each for each in own if name in graph.types[each].interfaces}
            if implementing != types:
                lacking = ", ".join(sorted(types - implementing))
                message = (
                    f"{name} has a resolvable @key in subgraph {graph.name!r}, which does not "
                    f"know all of its types: {lacking} is missing."
                )
                code = "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"
                problems.add(code, message, (graph.name,), name)
        if one.is_interface_object and own:
            message = (
                f"{name} is @interfaceObject in subgraph {graph.name!r}, which also defines "
                f"{', '.join(sorted(own))}. Leave them to others."
            )
            problems.add("INTERFACE_OBJECT_USAGE_ERROR", message, (graph.name,), name)
    _check_object_has_interface(name, found, problems)


def _check_object_has_interface(name: str, found: Declared, problems: ProblemList) -> None:
    flat = [graph.name for graph, one in found if one.is_interface_object]
    kinds = {one.kind for _, one in found if not one.is_interface_object}
    if flat and not kinds:
        message = f"{name} is @interfaceObject, but no subgraph has it as an interface. Define one."
        problems.add("INTERFACE_OBJECT_USAGE_ERROR", message, flat, name)
    old = [graph.name for graph, one in found if graph.is_federation_1 and one.dropped_keys]
    if flat and old:
        message = (
            f"{name} is @interfaceObject, but its interface has its key in a subgraph of "
            "federation 1, where that means nothing. Link federation 2 there."
        )
        problems.add("INTERFACE_OBJECT_USAGE_ERROR", message, (*flat, *old), name)
