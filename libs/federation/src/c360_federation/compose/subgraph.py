"""One subgraph's schema as the composer sees it: federation directives understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import DirectiveNode, TypeNode, ValueNode

from c360_federation.supergraph.directives import applied
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

    def told(self, directive: str) -> Iterator[dict[str, Json]]:
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
    used_overridden: bool = False


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
    is_federation_1: bool
    types: dict[str, TypeDef]
