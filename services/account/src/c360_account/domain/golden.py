"""The traits of an account: one value each over all of its records, by the trait's survivorship."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from c360_kernel.catalog.model import Catalog, TraitType
from c360_kernel.record import TraitValue
from c360_kernel.survivorship import Candidate, is_empty, origins, union, weight_of

from c360_account.domain.model import AccountRecord

_UNKNOWN_PRIORITY = 1_000_000


def golden_traits(records: Iterable[AccountRecord], catalog: Catalog) -> dict[str, TraitValue]:
    """The traits by name, whatever the order of the records."""
    offered: dict[str, list[Candidate]] = {}
    for record in records:
        for name, candidate in _offers(record, catalog):
            offered.setdefault(name, []).append(candidate)
    types = catalog.accounts.traits
    found = {name: _survivor(types[name], all_) for name, all_ in sorted(offered.items())}
    return {name: value for name, value in found.items() if value is not None}


def _offers(record: AccountRecord, catalog: Catalog) -> list[tuple[str, Candidate]]:
    source = catalog.sources.get(record.key.source)
    priority = source.priority if source else _UNKNOWN_PRIORITY
    weight = weight_of(record.key, record.said, priority, source.trust if source else 0)
    types = catalog.accounts.traits
    said = record.said.payload.traits.items()
    return [(name, Candidate(value, weight)) for name, value in said if name in types]


def _survivor(trait: TraitType, candidates: Sequence[Candidate]) -> TraitValue | None:
    newest_first = sorted(candidates, key=lambda one: one.weight, reverse=True)
    given = origins(trait.survivorship, newest_first, lambda one: _read(trait, one))
    if not given:
        return None
    if trait.survivorship == "union":
        return union(one.value for one in given)
    return given[0].value


def _read(trait: TraitType, one: Candidate) -> Candidate | None:
    """A candidate as it is shown; an empty value and one of an untrusted source say nothing."""
    if not one.weight.votes or is_empty(one.value):
        return None
    return one._replace(value=trait.canonical(one.value))
