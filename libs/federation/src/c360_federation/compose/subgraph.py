"""One subgraph's schema as the composer sees it: federation directives understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    NameNode,
    NonNullTypeNode,
    TypeNode,
    ValueNode,
)

from c360_federation.compose.links import Names
from c360_federation.supergraph.directives import applied, arguments
from c360_federation.supergraph.type_names import base_name
from c360_federation.values import Json

ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


@dataclass(frozen=True, slots=True)
class SubgraphSdl:
    """What a subgraph publishes about itself."""

    name: str
    sdl: str
    url: str = ""


@dataclass(slots=True)
class Element:
    """Anything with a name, a description and directives (under their canonical names)."""

    name: str
    description: str | None = None
    directives: list[DirectiveNode] = field(default_factory=list[DirectiveNode])

    def applied(self, directive: str) -> Iterator[dict[str, Json]]:
        """The arguments of each application of a directive."""
        return applied(self, directive)  # type: ignore[arg-type]

    def has(self, directive: str) -> bool:
        """Whether a directive is applied."""
        return any(one.name.value == directive for one in self.directives)


@dataclass(slots=True)
class InputDef(Element):
    """An argument or an input field."""

    type: TypeNode = field(kw_only=True)
    default: ValueNode | None = None

    @property
    def is_required(self) -> bool:
        """Whether a value must be given."""
        return isinstance(self.type, NonNullTypeNode) and self.default is None


@dataclass(slots=True)
class FieldDef(Element):
    """A field of an object or interface type."""

    type: TypeNode = field(kw_only=True)
    arguments: dict[str, InputDef] = field(default_factory=dict[str, InputDef])
    external: bool = False
    shareable: bool = False
    requires: str | None = None
    provides: str | None = None
    override: str | None = None
    is_provided: bool = False
    used_overridden: bool = False
    is_gone: bool = False
    """Overridden elsewhere and used by nothing: no longer answered here."""

    def drop(self, directive: str) -> None:
        """Forget a directive."""
        self.directives = [one for one in self.directives if one.name.value != directive]

    def drop_tags(self, names: set[str]) -> None:
        """Forget the tags of these names."""
        self.directives = [
            one
            for one in self.directives
            if one.name.value != "tag" or arguments(one).get("name") not in names
        ]


@dataclass(slots=True)
class KeyDef:
    """One `@key`."""

    fields: str
    resolvable: bool


@dataclass(slots=True)
class TypeDef(Element):
    """A named type of one subgraph; only the parts of its kind are filled."""

    kind: str = field(kw_only=True)
    is_extension: bool = True
    has_definition: bool = False
    dropped_keys: bool = False
    """A federation 1 interface had keys, which mean nothing."""
    is_interface_object: bool = False
    keys: list[KeyDef] = field(default_factory=list[KeyDef])
    interfaces: list[str] = field(default_factory=list[str])
    fields: dict[str, FieldDef] = field(default_factory=dict[str, FieldDef])
    inputs: dict[str, InputDef] = field(default_factory=dict[str, InputDef])
    values: dict[str, Element] = field(default_factory=dict[str, Element])
    members: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Subgraph:
    """A subgraph, read."""

    name: str
    graph: str
    url: str
    names: Names
    types: dict[str, TypeDef]
    directives: dict[str, DirectiveDefinitionNode] = field(
        default_factory=dict[str, DirectiveDefinitionNode]
    )
    schema: Element = field(default_factory=lambda: Element("schema"))
    applied_as: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """What the subgraph calls the known directives that it applies."""

    @property
    def is_federation_1(self) -> bool:
        """Whether it links no federation."""
        return self.names.is_federation_1

    @property
    def minor(self) -> int:
        """The federation version that it speaks, 2.`minor`."""
        return self.names.minor

    def canonical(self, node: DirectiveNode) -> DirectiveNode:
        """A directive under its canonical name."""
        name = self.names.of(node.name.value) or node.name.value
        return replace(node, name=NameNode(value=name))

    def directive_arguments(self) -> Iterator[Element]:
        """The arguments of the subgraph's own directives."""
        for node in self.directives.values():
            for one in node.arguments or ():
                known = [each for each in one.directives or () if self.names.of(each.name.value)]
                yield Element(one.name.value, None, [self.canonical(each) for each in known])

    def refers_to(self, name: str) -> bool:
        """Whether something of the subgraph has a type of that name."""
        return any(
            name in owner.members
            or any(base_name(one.type) == name for one in owner.fields.values())
            for owner in self.types.values()
        )
