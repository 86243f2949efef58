"""`@external`: which of them mean anything, and what they may say."""

from __future__ import annotations

from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef


def settle_keys(subgraph: Subgraph, uses: FieldUses) -> None:
    """Key fields are answered wherever the entity is known, so they are shared by nature.

    An extension repeats its key as external although it does answer it.
    """
    for type_name, name in uses.keys:
        owner = subgraph.types[type_name]
        if owner.is_extension or subgraph.is_federation_1:
            owner.fields[name].external = False
        owner.fields[name].shareable = True
    for type_name, name in uses.provided:
        field = subgraph.types[type_name].fields[name]
        field.is_provided = True
        field.shareable = True


def check_externals(subgraph: Subgraph, uses: FieldUses, problems: ProblemList) -> None:
    """Note the externals that nothing uses, or that cannot be; federation 1 loses them."""
    for owner in list(subgraph.types.values()):
        for field in list(owner.fields.values()):
            if not field.external:
                continue
            coordinate = f"{owner.name}.{field.name}"
            if owner.kind == "interface":
                message = f"{coordinate} in subgraph {subgraph.name!r} is @external, but of an "
                message += "interface, which answers nothing. Remove the directive."
                problems.add("EXTERNAL_ON_INTERFACE", message, (subgraph.name,), coordinate)
            if field.provides is not None and not subgraph.is_federation_1:
                message = f"{coordinate} in subgraph {subgraph.name!r} is @external and @provides."
                message += " What is answered elsewhere provides nothing here."
                code = "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE"
                problems.add(code, message, (subgraph.name,), coordinate)
            if (owner.name, field.name) not in uses.all and not is_promised(
                subgraph, owner, field.name
            ):
                _unused(subgraph, owner, field, problems)


def is_promised(subgraph: Subgraph, owner: TypeDef, name: str) -> bool:
    """Whether an interface of the type asks for the field."""
    interfaces = (subgraph.types.get(one) for one in owner.interfaces)
    return any(one is not None and name in one.fields for one in interfaces)


def _unused(subgraph: Subgraph, owner: TypeDef, field: FieldDef, problems: ProblemList) -> None:
    coordinate = f"{owner.name}.{field.name}"
    if not subgraph.is_federation_1:
        message = (
            f"{coordinate} is @external in subgraph {subgraph.name!r}, but no @key, @requires, "
            "@provides or interface there uses it. Remove the field or the directive."
        )
        problems.add("EXTERNAL_UNUSED", message, (subgraph.name,), coordinate)
        return
    del owner.fields[field.name]
    if owner.fields:
        return
    del subgraph.types[owner.name]
    if subgraph.refers_to(owner.name):
        message = (
            f"{owner.name} has only @external fields in subgraph {subgraph.name!r}, and nothing "
            "there uses them. Remove the type."
        )
        problems.add("TYPE_WITH_ONLY_UNUSED_EXTERNAL", message, (subgraph.name,), owner.name)
