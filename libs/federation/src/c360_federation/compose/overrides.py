"""`@override`: a field moves from one subgraph to another."""

from __future__ import annotations

from collections.abc import Mapping

from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef


def apply_overrides(
    subgraphs: list[Subgraph], uses: Mapping[str, FieldUses], problems: ProblemList
) -> None:
    """Take each overridden field out of the subgraph that it came from."""
    by_name = {subgraph.name: subgraph for subgraph in subgraphs}
    for subgraph in subgraphs:
        for owner in subgraph.types.values():
            for field in list(owner.fields.values()):
                if field.override is None:
                    continue
                coordinate = f"{owner.name}.{field.name}"
                source = by_name.get(field.override)
                _check(subgraph, source, owner, field, coordinate, problems)
                if source is not None and source is not subgraph:
                    _take_out(source, uses[source.name], owner.name, field.name)


def _take_out(source: Subgraph, uses: FieldUses, owner: str, name: str) -> None:
    declared = source.types.get(owner)
    if declared is None or name not in declared.fields:
        return
    promised = (source.types.get(interface) for interface in declared.interfaces)
    if (owner, name) in uses.all or any(one and name in one.fields for one in promised):
        declared.fields[name].used_overridden = True
    else:
        del declared.fields[name]


def _check(
    subgraph: Subgraph,
    source: Subgraph | None,
    owner: TypeDef,
    field: FieldDef,
    coordinate: str,
    problems: ProblemList,
) -> None:
    where = f"{coordinate} in subgraph {subgraph.name!r}"
    if source is subgraph:
        message = f"{where} overrides itself. Name the subgraph that the field moves away from."
        problems.add("OVERRIDE_FROM_SELF_ERROR", message, (subgraph.name,), coordinate)
    elif field.external:
        message = f"{where} is @external and @override. A field that moves here is answered here."
        code = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"
        problems.add(code, message, (subgraph.name,), coordinate)
    elif source is not None and _is_overriding(source, owner.name, field.name):
        message = f"{where} overrides {source.name!r}, which overrides it too. Keep one of them."
        graphs = (subgraph.name, source.name)
        problems.add("OVERRIDE_SOURCE_HAS_OVERRIDE", message, graphs, coordinate)


def _is_overriding(source: Subgraph, owner: str, name: str) -> bool:
    declared = source.types.get(owner)
    field = None if declared is None else declared.fields.get(name)
    return field is not None and field.override is not None
