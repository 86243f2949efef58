"""`@override`: a field moves from one subgraph to another."""

from __future__ import annotations

from collections.abc import Mapping

from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph


def apply_overrides(
    subgraphs: list[Subgraph], uses: Mapping[str, FieldUses], problems: ProblemList
) -> None:
    """Take each overridden field out of the subgraph that it came from."""
    by_name = {subgraph.name: subgraph for subgraph in subgraphs}
    for subgraph in subgraphs:
        for owner in subgraph.types.values():
            for field in owner.fields.values():
                if field.override is None:
                    continue
                if field.override == subgraph.name:
                    _from_self(subgraph.name, f"{owner.name}.{field.name}", problems)
                    continue
                source = by_name.get(field.override)
                if source is not None:
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


def _from_self(subgraph: str, coordinate: str, problems: ProblemList) -> None:
    message = (
        f"{coordinate} in subgraph {subgraph!r} overrides itself. "
        "Name the subgraph that the field moves away from."
    )
    problems.add("OVERRIDE_FROM_SELF_ERROR", message, (subgraph,), coordinate)
