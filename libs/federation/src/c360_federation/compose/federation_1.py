"""Federation 1 subgraphs, read as federation 2: what meant nothing there is left out."""

from __future__ import annotations

from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import ROOTS, Subgraph, TypeDef
from c360_federation.supergraph.type_names import base_name

_COMPOSITE = frozenset(("object", "interface", "union"))


def upgrade(subgraph: Subgraph) -> None:
    """Take out of a federation 1 subgraph what federation 1 passed over."""
    if not subgraph.is_federation_1:
        return
    for owner in subgraph.types.values():
        if owner.kind == "interface":
            _interface(owner)
        owner.directives = [one for one in owner.directives if one.name.value != "external"]
        for field in owner.fields.values():
            field.external = field.has("external") and owner.kind != "interface"
            field.shareable = owner.name != "Subscription"
            below = subgraph.types.get(base_name(field.type))
            if below is None or below.kind not in _COMPOSITE:
                field.provides = None
                field.directives = [one for one in field.directives if one.name.value != "provides"]


def drop_inactive(subgraph: Subgraph, uses: FieldUses) -> None:
    """Federation 1 passed over `@requires` and `@provides` of nothing that is foreign."""
    for owner in subgraph.types.values() if subgraph.is_federation_1 else ():
        for field in owner.fields.values():
            below = base_name(field.type)
            if field.provides and not _is_foreign(subgraph, uses.select(field.provides, below)):
                field.provides = None
                field.drop("provides")
            own = owner.name
            if field.requires and not _is_foreign(subgraph, uses.select(field.requires, own)):
                field.requires = None
                field.drop("requires")


def _is_foreign(subgraph: Subgraph, places: set[tuple[str, str]] | None) -> bool:
    """Whether something of a field set is external; one that cannot be read is left to others."""
    if places is None:
        return True
    return any(subgraph.types[owner].fields[name].external for owner, name in places)


def _interface(owner: TypeDef) -> None:
    owner.dropped_keys = bool(owner.keys)
    owner.keys = []
    owner.directives = [one for one in owner.directives if one.name.value != "key"]
    for field in owner.fields.values():
        field.requires = field.provides = None
        field.drop("requires")
        field.drop("provides")


def drop_foreign_tags(subgraphs: list[Subgraph]) -> None:
    """A tag of a foreign field that its owner gives too is only repeated."""
    for subgraph in subgraphs:
        for owner in subgraph.types.values() if subgraph.is_federation_1 else ():
            for field in owner.fields.values():
                if field.external:
                    field.drop_tags(_owners_tags(subgraphs, owner.name, field.name))


def _owners_tags(subgraphs: list[Subgraph], owner: str, name: str) -> set[str]:
    found = [one.types[owner].fields.get(name) for one in subgraphs if owner in one.types]
    return {
        arguments["name"]
        for one in found
        if one is not None and not one.external
        for arguments in one.applied("tag")
    }


def check_bases(subgraphs: list[Subgraph], problems: ProblemList) -> None:
    """An extension extends what some subgraph defines."""
    names = dict.fromkeys(name for one in subgraphs for name in one.types)
    for name in names:
        if name in ROOTS.values():
            continue
        found = [(one, one.types[name]) for one in subgraphs if name in one.types]
        for graph, declared in found:
            is_extension = not declared.has_definition or (
                graph.is_federation_1 and declared.has("extends")
            )
            based = any(other.has_definition for one, other in found if one is not graph)
            if is_extension and not based and not _has_own_base(graph, declared):
                message = (
                    f"{name} is extended in subgraph {graph.name!r}, but no subgraph defines it."
                )
                problems.add("EXTENSION_WITH_NO_BASE", message, (graph.name,), name)


def _has_own_base(graph: Subgraph, declared: TypeDef) -> bool:
    return declared.has_definition and not (graph.is_federation_1 and declared.has("extends"))
