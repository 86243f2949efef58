"""Checks that need to see a type in all subgraphs at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from graphql import NonNullTypeNode

from c360_federation.compose.field_uses import named_type
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Element, InputDef, Subgraph, TypeDef

Declared = Sequence[tuple[Subgraph, TypeDef]]
_TAG = re.compile(r"^[_A-Za-z0-9/\-]{1,128}$")


def check_all(declared: Mapping[str, Declared], problems: ProblemList) -> None:
    """Run every check over every type."""
    for name, found in declared.items():
        _check_externals(name, found, problems)
        _check_interface_object(name, found, problems)
        _check_implementations(name, found, declared, problems)
        _check_hidden(name, found, declared, problems)
        _check_tags(name, found, problems)


def _names(found: Declared) -> list[str]:
    return [graph.name for graph, _ in found]


def _check_externals(name: str, found: Declared, problems: ProblemList) -> None:
    for field in dict.fromkeys(field for _, one in found for field in one.fields):
        owners = [(graph, one.fields[field]) for graph, one in found if field in one.fields]
        if all(one.external for _, one in owners):
            coordinate = f"{name}.{field}"
            message = (
                f"{coordinate} is @external wherever it is declared. "
                "Remove the directive in the subgraph that answers it."
            )
            graphs = [graph.name for graph, _ in owners]
            problems.add("EXTERNAL_MISSING_ON_BASE", message, graphs, coordinate)


def _check_interface_object(name: str, found: Declared, problems: ProblemList) -> None:
    flat = [graph.name for graph, one in found if one.is_interface_object]
    if not flat:
        return
    if not any(one.kind == "interface" for _, one in found):
        message = f"{name} is @interfaceObject, but no subgraph has it as an interface. Define one."
        problems.add("INTERFACE_OBJECT_USAGE_ERROR", message, flat, name)
    for graph, one in found:
        if one.is_interface_object and not one.keys:
            message = f"{name} is @interfaceObject in {graph.name!r} without a @key. Add the key."
            problems.add("INTERFACE_OBJECT_USAGE_ERROR", message, (graph.name,), name)


def _check_implementations(
    name: str, found: Declared, declared: Mapping[str, Declared], problems: ProblemList
) -> None:
    """A type must have, somewhere, every field of every interface that it implements."""
    if not any(one.kind == "object" and not one.is_interface_object for _, one in found):
        return
    own = {field for _, one in found for field in one.fields}
    for interface in dict.fromkeys(each for _, one in found for each in one.interfaces):
        for graph, one in declared.get(interface, ()):
            if one.is_interface_object:
                continue
            for field in one.fields:
                if field not in own and not _is_owed(field, declared[interface]):
                    _not_implemented(f"{name}.{field}", interface, graph.name, problems)


def _is_owed(field: str, found: Declared) -> bool:
    return any(one.is_interface_object and field in one.fields for _, one in found)


def _not_implemented(coordinate: str, interface: str, subgraph: str, problems: ProblemList) -> None:
    message = (
        f"{coordinate} is missing in every subgraph, but interface {interface} has it in "
        f"{subgraph!r}. Add the field where the type is declared."
    )
    problems.add("INTERFACE_FIELD_NO_IMPLEM", message, (subgraph,), coordinate)


def _check_hidden(
    name: str, found: Declared, declared: Mapping[str, Declared], problems: ProblemList
) -> None:
    is_hidden = _is_hidden(one for _, one in found)
    if name == "Query" and is_hidden:
        message = "Query is @inaccessible, which would leave nothing to ask. Remove the directive."
        problems.add("QUERY_ROOT_TYPE_INACCESSIBLE", message, _names(found), name)
    if is_hidden:
        return
    fields = dict.fromkeys(field for _, one in found for field in one.fields)
    visible = [field for field in fields if not _is_hidden(_each(found, field))]
    if fields and not visible:
        message = f"All fields of {name} are @inaccessible. Hide the type itself instead."
        problems.add("ONLY_INACCESSIBLE_CHILDREN", message, _names(found), name)
    for field in visible:
        _check_reference(f"{name}.{field}", found, field, declared, problems)


def _each(found: Declared, field: str) -> list[Element]:
    return [one.fields[field] for _, one in found if field in one.fields]


def _is_hidden(elements: Iterable[Element]) -> bool:
    return any(one.has("inaccessible") for one in elements)


def _check_reference(
    coordinate: str,
    found: Declared,
    field: str,
    declared: Mapping[str, Declared],
    problems: ProblemList,
) -> None:
    for graph, owner in found:
        if field not in owner.fields:
            continue
        below = named_type(owner.fields[field].type)
        if _is_hidden(one for _, one in declared.get(below, ())):
            message = f"{coordinate} is visible, but its type {below} is @inaccessible. Hide both."
            problems.add("REFERENCED_INACCESSIBLE", message, (graph.name,), coordinate)
            return
        for argument in owner.fields[field].arguments.values():
            if argument.has("inaccessible") and _is_demanded(argument):
                place = f"{coordinate}({argument.name}:)"
                message = f"{place} is required but @inaccessible. Give it a default."
                problems.add("REQUIRED_INACCESSIBLE", message, (graph.name,), place)


def _is_demanded(argument: InputDef) -> bool:
    return isinstance(argument.type, NonNullTypeNode) and argument.default is None


def _check_tags(name: str, found: Declared, problems: ProblemList) -> None:
    for graph, one in found:
        for element in (one, *one.fields.values(), *one.inputs.values(), *one.values.values()):
            for told in element.told("tag"):
                if not _TAG.match(str(told.get("name"))):
                    message = (
                        f"A @tag on {name} in {graph.name!r} has an unusable name. "
                        "Use letters, digits, '_', '-' and '/', at most 128."
                    )
                    problems.add("INVALID_TAG_NAME", message, (graph.name,), name)
