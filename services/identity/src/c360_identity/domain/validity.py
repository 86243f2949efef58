"""Until when an edge held: until another person had what it names, or its source left it out.

As in `solver`: what is carried goes from one owner to the next in the order in which sources
observed it, and whoever comes after belongs to the owner of that time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from c360_kernel.evidence.model import Link
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.evidence import EdgeState, EvidenceEdge
from c360_identity.domain.model import Observation, SourceRecord

Carried = Mapping[RecordKey, Collection[Identifier]]
"""What records actively carry."""


def with_ends(
    edges: Iterable[EvidenceEdge],
    records: Mapping[RecordKey, SourceRecord],
    ends: Mapping[Link, int],
) -> list[EvidenceEdge]:
    """The edges with the time at which each ended; `ends` are those that were handed over."""
    return [_with_end(edge, records.get(edge.record), ends) for edge in edges]


def _with_end(
    edge: EvidenceEdge, record: SourceRecord | None, ends: Mapping[Link, int]
) -> EvidenceEdge:
    if edge.identifier is None:
        return edge
    if edge.state is not EdgeState.RETRACTED:
        return replace(edge, until=ends.get((edge.record, edge.identifier)))
    return replace(edge, until=_left_out_at(record) if record else None)


def _left_out_at(record: SourceRecord) -> int | None:
    """When its source last spoke of it, and no longer said so; None where only events did."""
    return max((one.observed_at for one in record.statements), default=None)


def handed_over(
    carrying: Iterable[Observation],
    customers: Mapping[RecordKey, RecordKey],
    carried: Carried,
    rules: Rules,
) -> Mapping[Link, int]:
    """When each of these active edges ended because somebody else had what it names.

    `customers` are the seeds of all records that carry one of these identifiers.
    """
    by_identifier: dict[Identifier, list[Observation]] = {}
    for edge in carrying:
        if rules.may_be_handed_over(edge.identifier.type):
            by_identifier.setdefault(edge.identifier, []).append(edge)
    ends: dict[Link, int] = {}
    for edges in by_identifier.values():
        _follow(sorted(edges, key=_order), customers, carried, rules, ends)
    return ends


def _order(edge: Observation) -> tuple[int, str, RecordKey]:
    return edge.since, edge.first_seen, edge.record


def _follow(
    edges: Iterable[Observation],
    customers: Mapping[RecordKey, RecordKey],
    carried: Carried,
    rules: Rules,
    ends: dict[Link, int],
) -> None:
    owner: RecordKey | None = None
    open_: list[Observation] = []
    for edge in edges:
        customer = customers.get(edge.record)
        if owner is None:
            owner = customer
        elif (
            edge.refused and customer != owner and _tells_apart(edge.record, open_, carried, rules)
        ):
            ends.update(((one.record, one.identifier), edge.since) for one in open_)
            owner, open_ = customer, []
        open_.append(edge)


def _tells_apart(
    record: RecordKey, before: Iterable[Observation], carried: Carried, rules: Rules
) -> bool:
    """Whether a record carries another value of a type that is limited or separates."""
    theirs: dict[object, set[str]] = {}
    for one in before:
        for identifier in carried.get(one.record, ()):
            theirs.setdefault(_scope(identifier, rules), set()).add(identifier.value)
    return any(
        identifier.value not in theirs.get(_scope(identifier, rules), {identifier.value})
        for identifier in carried.get(record, ())
        if identifier.type in rules.bounded
    )


def _scope(identifier: Identifier, rules: Rules) -> object:
    return rules.separating_scope(identifier) or identifier.type
