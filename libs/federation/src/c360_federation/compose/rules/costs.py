"""`@cost` and `@listSize`: where they may stand and what they may name.

Source: the GraphQL Cost Directives specification (IBM), as far as federation keeps to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import ListTypeNode, NonNullTypeNode, TypeNode

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph
from c360_federation.supergraph.type_names import base_name
from c360_federation.values import JsonObject


def check_costs(subgraph: Subgraph, problems: ProblemList) -> None:
    """Note every cost or size that cannot be meant."""
    for owner in subgraph.types.values():
        for field in owner.fields.values():
            coordinate = f"{owner.name}.{field.name}"
            found = list(_sizes(subgraph, field))
            if owner.kind == "interface" and field.has("cost"):
                problem = "@cost of an interface's field: put it on the fields of its types"
                found.append(("COST_APPLIED_TO_INTERFACE_FIELD", problem))
            for code, problem in found:
                message = f"{coordinate} in subgraph {subgraph.name!r}: {problem}."
                problems.add(code, message, (subgraph.name,), coordinate)


def _sizes(subgraph: Subgraph, field: FieldDef) -> Iterator[tuple[str, str]]:
    for arguments in field.applied("listSize"):
        sized = arguments.get("sizedFields") or []
        assumed = arguments.get("assumedSize")
        if not sized and not _is_list(field.type):
            yield "LIST_SIZE_APPLIED_TO_NON_LIST", "@listSize stands on what is no list"
        if assumed is not None and assumed < 0:
            yield "LIST_SIZE_INVALID_ASSUMED_SIZE", "no list is shorter than nothing"
        yield from _slicing(field, arguments)
        if sized:
            yield from _sized_fields(subgraph, base_name(field.type), sized)


def _slicing(field: FieldDef, arguments: JsonObject) -> Iterator[tuple[str, str]]:
    code = "LIST_SIZE_INVALID_SLICING_ARGUMENT"
    for name in arguments.get("slicingArguments") or []:
        argument = field.arguments.get(name)
        if argument is None:
            yield code, f"it has no argument {name!r}"
        elif _is_list(argument.type) or base_name(argument.type) != "Int":
            yield code, f"its argument {name!r} is no Int"


def _sized_fields(
    subgraph: Subgraph, type_name: str, names: list[str]
) -> Iterator[tuple[str, str]]:
    code = "LIST_SIZE_INVALID_SIZED_FIELD"
    below = subgraph.types.get(type_name)
    if below is None or below.kind not in ("object", "interface", "union"):
        yield code, f"{type_name} has no fields to size"
        return
    for name in names:
        sized = below.fields.get(name)
        if sized is None:
            yield code, f"{type_name} has no field {name!r}"
        elif not _is_list(sized.type):
            yield "LIST_SIZE_APPLIED_TO_NON_LIST", f"{type_name}.{name} is no list"


def _is_list(node: TypeNode) -> bool:
    return isinstance(node.type if isinstance(node, NonNullTypeNode) else node, ListTypeNode)
