"""Checks that need to see a type in all subgraphs at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph, TypeDef

Declared = Sequence[tuple[Subgraph, TypeDef]]
_TAG = re.compile(r"^[_A-Za-z0-9/\-]{1,128}$")


def check_all(declared: Mapping[str, Declared], problems: ProblemList) -> None:
    """Run every check over every type."""
    for name, found in declared.items():
        _check_externals(name, found, problems)
        _check_interface_object(name, found, problems)
        _check_implementations(name, found, declared, problems)
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
