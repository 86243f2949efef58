"""Drafts in, fetches out: query texts, and entity calls that can travel together."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from c360_federation.plan.drafts import GroupDraft
from c360_federation.plan.model import EntityCall, Fetch, Plan, Rename
from c360_federation.supergraph.model import Supergraph


def write_plan(
    supergraph: Supergraph,
    groups: list[GroupDraft],
    operation_name: str | None,
    declarations: Mapping[str, str],
) -> Plan:
    """Turn drafts into fetches, in an order where inputs come first."""
    batches = _batches(groups)
    ids = {group: number for number, batch in enumerate(batches) for group in batch}
    return Plan(
        tuple(
            _fetch(supergraph, number, batch, ids, operation_name, declarations)
            for number, batch in enumerate(batches)
        )
    )


def _batches(groups: list[GroupDraft]) -> list[list[GroupDraft]]:
    """Entity calls to one subgraph that wait for the same answers share a request.

    Calls that wait for different answers do not, although that would save a request: the one
    whose inputs come first would have to wait for the other's.
    """
    batches: list[list[GroupDraft]] = []
    number_of: dict[GroupDraft, int] = {}
    open_batches: dict[tuple[str, frozenset[int]], int] = {}
    for group in _in_order(groups):
        number = len(batches)
        if group.is_entity_call:
            waits_for = frozenset(number_of[source] for source in group.depends_on)
            number = open_batches.setdefault((group.graph, waits_for), number)
        if number == len(batches):
            batches.append([])
        batches[number].append(group)
        number_of[group] = number
    return batches


def _in_order(groups: Iterable[GroupDraft]) -> list[GroupDraft]:
    """Inputs first; otherwise as they were opened."""
    ordered: dict[GroupDraft, None] = {}
    for group in groups:
        _put_in_order(group, ordered)
    return list(ordered)


def _put_in_order(group: GroupDraft, ordered: dict[GroupDraft, None]) -> None:
    if group not in ordered:
        for source in sorted(group.depends_on, key=lambda one: one.id):
            _put_in_order(source, ordered)
        ordered[group] = None


def _fetch(
    supergraph: Supergraph,
    number: int,
    batch: list[GroupDraft],
    ids: Mapping[GroupDraft, int],
    operation_name: str | None,
    declarations: Mapping[str, str],
) -> Fetch:
    first = batch[0]
    variables = tuple(sorted({name for group in batch for name in group.selection.variables()}))
    declared = [declarations[name] for name in variables]
    calls = tuple(_calls(batch, declarations))
    declared.extend(f"${call.variable}: [_Any!]!" for call in calls)
    body = first.selection.text()
    if calls:
        body = "{" + " ".join(map(_call_text, calls, batch)) + "}"
    return Fetch(
        id=number,
        subgraph=supergraph.graphs[first.graph].name,
        operation=first.operation,
        query=_header(first.operation, operation_name, declared) + body,
        operation_name=operation_name,
        variables=variables,
        depends_on=frozenset(ids[source] for group in batch for source in group.depends_on),
        calls=calls,
        requested=() if calls else tuple(first.selection.requested()),
        renames=first.selection.renames() if not calls else _call_renames(calls, batch),
    )


def _calls(batch: list[GroupDraft], taken: Container[str]) -> Iterable[EntityCall]:
    for number, group in enumerate(batch):
        if not group.is_entity_call:
            return
        suffix = "" if len(batch) == 1 else str(number)
        yield EntityCall(
            alias=f"_entities{suffix}",
            variable=_fresh(f"representations{suffix}", taken),
            path=group.path,
            type=group.type,
            static_typename=group.static_typename,
            inputs=group.inputs,
            requested=tuple(group.selection.requested()),
        )


def _fresh(name: str, taken: Container[str]) -> str:
    """A variable that the caller does not have; two that differ stay different."""
    while name in taken:
        name = f"_{name}"
    return name


def _call_text(call: EntityCall, group: GroupDraft) -> str:
    alias = "" if call.alias == "_entities" else f"{call.alias}: "
    body = f"... on {group.type}{group.selection.text()}"
    return f"{alias}_entities(representations: ${call.variable}){{{body}}}"


def _call_renames(calls: tuple[EntityCall, ...], batch: list[GroupDraft]) -> tuple[Rename, ...]:
    return tuple(
        Rename(call.alias, call.alias, below)
        for call, group in zip(calls, batch, strict=True)
        if (below := group.selection.renames())
    )


def _header(operation: str, name: str | None, declared: list[str]) -> str:
    if operation == "query" and name is None and not declared:
        return ""
    declarations = f"({', '.join(declared)})" if declared else ""
    return f"{operation}{' ' + name if name else ''}{declarations}"
