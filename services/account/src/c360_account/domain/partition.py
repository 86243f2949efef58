"""Which account records are one account: the evidence engine over what they carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, solve
from c360_kernel.record import Identifier, RecordKey

from c360_account.domain.model import AccountRecord, Carries


def seeds_of(
    records: Mapping[RecordKey, AccountRecord],
    carries: Mapping[RecordKey, Carries],
    crowded: Collection[Identifier],
    rules: Rules,
) -> Mapping[RecordKey, RecordKey]:
    """The oldest record of the account of each live one.

    All records are given that share an identifier with one of them, over any number of steps;
    `crowded` are those that so many carry that they link nobody.
    """
    ages = {key: one.age for key, one in records.items() if one.live}
    edges = [
        Edge(held.since, held.first_seen, identifier, key)
        for key in ages
        for identifier, held in carries.get(key, {}).items()
        if held.active
    ]
    return solve(Evidence(ages, edges, generic=crowded), rules).seeds
