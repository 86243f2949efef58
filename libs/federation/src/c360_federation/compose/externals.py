"""`@external`: which of them mean anything."""

from __future__ import annotations

from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef


def settle_externals(subgraph: Subgraph, uses: FieldUses, problems: ProblemList) -> None:
    """Drop the external marks that only look it, and find the ones that nothing uses."""
    for owner in subgraph.types.values():
        for field in list(owner.fields.values()):
            coordinate = (owner.name, field.name)
            if not field.external:
                continue
            if coordinate in uses.keys and (owner.is_extension or subgraph.is_federation_1):
                # An extension repeats its key as external although it does answer it.
                field.external = False
                field.shareable = True
            elif coordinate not in uses.all and not _is_promised(subgraph, owner, field):
                _unused(subgraph, owner, field, problems)


def _is_promised(subgraph: Subgraph, owner: TypeDef, field: FieldDef) -> bool:
    """An interface of the type asks for the field."""
    interfaces = (subgraph.types.get(name) for name in owner.interfaces)
    return any(one is not None and field.name in one.fields for one in interfaces)


def _unused(subgraph: Subgraph, owner: TypeDef, field: FieldDef, problems: ProblemList) -> None:
    if subgraph.is_federation_1:
        del owner.fields[field.name]
        return
    coordinate = f"{owner.name}.{field.name}"
    message = (
        f"{coordinate} is @external in subgraph {subgraph.name!r}, but no @key, @requires, "
        "@provides or interface there uses it. Remove the field or the directive."
    )
    problems.add("EXTERNAL_UNUSED", message, (subgraph.name,), coordinate)
