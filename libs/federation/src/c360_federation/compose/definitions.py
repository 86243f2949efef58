"""A subgraph's own definitions of what a specification defines: they may narrow it, no more."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    ValueNode,
    parse_type,
    print_ast,
)

from c360_federation.compose.links import Names
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.spec import FIELD_SETS, definition
from c360_federation.supergraph.type_names import base_name

_STANDARD = frozenset(("Int", "Float", "String", "Boolean", "ID"))
_LINK = {"url": "String!", "as": "String", "for": "link__Purpose", "import": "[link__Import]"}


def check_definitions(
    document: DocumentNode, names: Names, subgraph: str, problems: ProblemList
) -> None:
    """Note definitions that say something else than the specification."""
    for node in document.definitions:
        if isinstance(node, DirectiveDefinitionNode):
            canonical = names.of(node.name.value)
            if node.name.value == "link" and not names.is_federation_1:
                found = list(_link(node))
            elif canonical is None or canonical in ("deprecated", "specifiedBy"):
                continue
            elif names.is_federation_1 and canonical in FIELD_SETS:
                found = []  # federation 1 was served with many wrong definitions of these
            else:
                found = list(_wrong(node, definition(canonical, names.minor), names))
            for problem in found:
                message = f"Subgraph {subgraph!r} defines @{node.name.value} otherwise: {problem}."
                problems.add("DIRECTIVE_DEFINITION_INVALID", message, (subgraph,))
        elif isinstance(node, TypeDefinitionNode):
            _type(node, names, subgraph, problems)


def _wrong(
    node: DirectiveDefinitionNode, spec: DirectiveDefinitionNode, names: Names
) -> Iterator[str]:
    if node.repeatable and not spec.repeatable:
        yield "it is not repeatable"
    allowed = {one.value for one in spec.locations}
    others = [one.value for one in node.locations if one.value not in allowed]
    if others:
        yield f"it does not stand on {', '.join(others)}"
    own = {one.name.value: one for one in node.arguments or ()}
    for specified in spec.arguments or ():
        yield from _argument(specified, own.pop(specified.name.value, None), names)
    for name in own:
        yield f"it has no argument {name!r}"


def _argument(
    specified: InputValueDefinitionNode,
    declared_argument: InputValueDefinitionNode | None,
    names: Names,
) -> Iterator[str]:
    name = specified.name.value
    is_demanded = isinstance(specified.type, NonNullTypeNode) and specified.default_value is None
    if declared_argument is None:
        if is_demanded:
            yield f"its argument {name!r} is missing"
        return
    kind = declared_argument.type
    if isinstance(kind, NonNullTypeNode) and not isinstance(specified.type, NonNullTypeNode):
        kind = kind.type
    if not _same(specified.type, kind, names):
        yield f"its argument {name!r} is {print_ast(specified.type)}"
    elif not isinstance(declared_argument.type, NonNullTypeNode):
        defaults = [
            None if one is None else print_ast(one)
            for one in _defaults(specified, declared_argument)
        ]
        if defaults[0] != defaults[1]:
            yield f"the default of {name!r} is {defaults[0]}"


def _defaults(*nodes: InputValueDefinitionNode) -> list[ValueNode | None]:
    return [node.default_value for node in nodes]


def _same(specified: TypeNode, declared: TypeNode, names: Names) -> bool:
    """Alike, where a specification's scalar may also be any standard one."""
    for kind in (NonNullTypeNode, ListTypeNode):
        if isinstance(specified, kind) or isinstance(declared, kind):
            return (
                isinstance(specified, kind)
                and isinstance(declared, kind)
                and _same(specified.type, declared.type, names)
            )
    assert isinstance(specified, NamedTypeNode)
    assert isinstance(declared, NamedTypeNode)
    wanted, found = specified.name.value, declared.name.value
    if wanted in _STANDARD:
        return wanted == found
    return found in _STANDARD or found == names.types.get(wanted, wanted)


def _link(node: DirectiveDefinitionNode) -> Iterator[str]:
    own = {one.name.value: one.type for one in node.arguments or ()}
    if "url" not in own:
        yield "its argument 'url' is missing"
    for name, kind in own.items():
        wanted = _LINK.get(name)
        if wanted is None:
            yield f"it has no argument {name!r}"
        elif base_name(parse_type(wanted)) == "String" and base_name(kind) != "String":
            yield f"its argument {name!r} is {wanted}"


def _type(node: TypeDefinitionNode, names: Names, subgraph: str, problems: ProblemList) -> None:
    name = node.name.value
    if name in (*names.types.values(), "_Any") and not isinstance(node, ScalarTypeDefinitionNode):
        message = f"Subgraph {subgraph!r} defines {name}, which is a scalar of a specification."
        problems.add("TYPE_DEFINITION_INVALID", message, (subgraph,), name)
