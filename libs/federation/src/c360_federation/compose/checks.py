"""Checks that need to see a type in all subgraphs at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph, TypeDef

Declared = Sequence[tuple[Subgraph, TypeDef]]
_TAG = re.compile(r"^[_A-Za-z0-9/\-]{1,128}$")


def check_implementations(
    name: str, found: Declared, declared: Mapping[str, Declared], problems: ProblemList
) -> None:
    """A type must have, somewhere, every field of every interface that it implements."""
    kinds = {one.kind for _, one in found if not one.is_interface_object}
    if not kinds & {"object", "interface"}:
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


def check_tags(name: str, found: Declared, problems: ProblemList) -> None:
    """A tag must have a name that a policy can give."""
    for graph, one in found:
        for element in (one, *one.fields.values(), *one.inputs.values(), *one.values.values()):
            for arguments in element.applied("tag"):
                if not _TAG.match(str(arguments.get("name"))):
                    message = (
                        f"A @tag on {name} in {graph.name!r} has an unusable name. "
                        "Use letters, digits, '_', '-' and '/', at most 128."
                    )
                    problems.add("INVALID_TAG_NAME", message, (graph.name,), name)
