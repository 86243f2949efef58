"""What a supergraph asks for that this engine cannot give: refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    Node,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    value_from_ast_untyped,
)

from c360_federation.errors import UNSUPPORTED_FEATURE, SupergraphError
from c360_federation.supergraph.coordinates import coordinates
from c360_federation.supergraph.directives import applied
from c360_federation.values import Json

_KNOWN: Mapping[str, frozenset[str]] = {
    "join__type": frozenset(("graph", "key", "extension", "resolvable", "isInterfaceObject")),
    "join__field": frozenset(
        ("graph", "requires", "provides", "type", "external", "override", "usedOverridden",
         "overrideLabel", "contextArguments")
    ),
    "join__implements": frozenset(("graph", "interface")),
    "join__unionMember": frozenset(("graph", "member")),
    "join__enumValue": frozenset(("graph",)),
    "join__directive": frozenset(("graphs", "name", "args")),
    "join__graph": frozenset(("name", "url")),
    "inaccessible": frozenset(),
    "tag": frozenset(("name",)),
    "cost": frozenset(("weight",)),
    "listSize": frozenset(
        ("assumedSize", "slicingArguments", "sizedFields", "requireOneSlicingArgument")
    ),
}  # fmt: skip
_ACCESS = ("authenticated", "requiresScopes", "policy")
# What other composers pass on to whoever reads them; nothing here changes an answer.
_METADATA = frozenset(("link", "cacheTag", "federation__cacheTag"))


def refuse_unsupported(document: DocumentNode) -> None:
    """Raise SupergraphError, naming the place, for what would otherwise be ignored."""
    for coordinate, node in _places(document):
        for applied_directive in getattr(node, "directives", None) or ():
            _check_arguments(coordinate, applied_directive)
        for name in _ACCESS:
            if any(True for _ in applied(node, name)):
                remedy = "guard the place by @tag and a policy, and leave the directive out"
                _refuse(f"@{name} on {coordinate}: nothing here knows a caller's scopes; {remedy}")
        if any(True for _ in applied(node, "context")):
            _refuse(f"@context on {coordinate}")
        for applied_directive in applied(node, "join__directive"):
            if applied_directive.get("name") not in _METADATA:
                _refuse(
                    f"@join__directive(name: {applied_directive.get('name')!r}) on {coordinate}"
                )
        if isinstance(node, FieldDefinitionNode):
            _check_field(coordinate, node)


def _places(document: DocumentNode) -> Iterator[tuple[str, Node]]:
    for node in document.definitions:
        if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            yield "the schema", node
    yield from coordinates(document)


def _check_field(coordinate: str, node: FieldDefinitionNode) -> None:
    for arguments in applied(node, "join__field"):
        if arguments.get("overrideLabel") is not None:
            label = arguments["overrideLabel"]
            _refuse(f"@override(label: {label!r}) of {coordinate}: fields move whole here")
        if arguments.get("contextArguments"):
            names = ", ".join(str(_named(one)) for one in arguments["contextArguments"])
            _refuse(f"@fromContext of {coordinate}({names}:)")


def _named(argument: Json) -> Json:
    return argument.get("name") if isinstance(argument, dict) else argument


def _check_arguments(coordinate: str, directive: DirectiveNode) -> None:
    name = directive.name.value
    known = _KNOWN.get(name)
    if known is None:
        if name.startswith("join__"):
            _refuse(f"@{name} on {coordinate}")
        return
    for argument in directive.arguments or ():
        is_given = value_from_ast_untyped(argument.value) is not None
        if is_given and argument.name.value not in known:
            _refuse(f"@{name}({argument.name.value}:) on {coordinate}")


def _refuse(what: str) -> None:
    raise SupergraphError(
        f"The supergraph uses {what}, which is not supported", UNSUPPORTED_FEATURE
    )
