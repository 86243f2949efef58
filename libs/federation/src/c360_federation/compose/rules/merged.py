"""Field sets are put to other subgraphs, so they must also hold for what is merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    FieldNode,
    InlineFragmentNode,
    InterfaceTypeDefinitionNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    SelectionSetNode,
)

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph
from c360_federation.supergraph.field_sets import read_selection
from c360_federation.supergraph.type_names import base_name

_Fields: TypeAlias = Mapping[tuple[str, str], FieldDefinitionNode]


def check_merged_requires(
    document: DocumentNode, subgraphs: Sequence[Subgraph], problems: ProblemList
) -> None:
    """Note arguments of a `@requires` that other subgraphs do not know, or need and do not get."""
    fields = {
        (node.name.value, one.name.value): one
        for node in document.definitions
        if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode))
        for one in node.fields or ()
    }
    for subgraph in subgraphs:
        for owner in subgraph.types.values():
            for field in owner.fields.values():
                if field.requires is None:
                    continue
                coordinate = f"{owner.name}.{field.name}"
                for problem in _wrong(read_selection(field.requires), owner.name, fields):
                    message = f"@requires on {coordinate} in subgraph {subgraph.name!r}: {problem}."
                    code = "REQUIRES_INVALID_FIELDS"
                    problems.add(code, message, (subgraph.name,), coordinate)


def _wrong(node: SelectionSetNode, type_name: str, fields: _Fields) -> Iterator[str]:
    for one in node.selections:
        if isinstance(one, InlineFragmentNode):
            name = one.type_condition.name.value if one.type_condition else type_name
            yield from _wrong(one.selection_set, name, fields)
        elif isinstance(one, FieldNode):
            field = fields.get((type_name, one.name.value))
            if field is not None:
                yield from _arguments(one, type_name, field)
                if one.selection_set is not None:
                    yield from _wrong(one.selection_set, base_name(field.type), fields)


def _arguments(node: FieldNode, owner: str, field: FieldDefinitionNode) -> Iterator[str]:
    given = {one.name.value for one in node.arguments or ()}
    known = {one.name.value: one for one in field.arguments or ()}
    for name in sorted(given - known.keys()):
        yield f"not every subgraph has {owner}.{node.name.value}({name}:)"
    for name, one in known.items():
        is_demanded = isinstance(one.type, NonNullTypeNode) and one.default_value is None
        if is_demanded and name not in given:
            yield f"a subgraph demands {owner}.{node.name.value}({name}:)"
