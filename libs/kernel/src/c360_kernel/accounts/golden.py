"""The traits of an account: one value each over all of its records, by the trait's survivorship."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial

from c360_kernel.accounts.said import HeldTraits
from c360_kernel.catalog.model import Catalog, TraitType
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.catalog.sections import DEFAULT_REGION
from c360_kernel.catalog.text import clean
from c360_kernel.conditions.spellings import in_any_spelling
from c360_kernel.conditions.tree import ValueCondition, ValueTest
from c360_kernel.record import Identifier, TraitValue
from c360_kernel.survivorship import Candidate, is_empty, origins, union, weight_of

_UNKNOWN_PRIORITY = 1_000_000
_CATALOGS_KEPT = 2
"""The one in use, and the one that it is replaced by."""


class AccountRules:
    """The rules of a catalog by which an account has one value of each trait."""

    def __init__(self, catalog: Catalog) -> None:
        self._sources = catalog.sources
        self._types = catalog.accounts.traits
        self._normalizers = Normalizers(catalog.of_accounts)

    def golden(self, records: Iterable[HeldTraits]) -> dict[str, TraitValue]:
        """The traits by name, whatever the order of the records."""
        offered: dict[str, list[Candidate]] = {}
        for record in records:
            for name, candidate in self._offers(record):
                offered.setdefault(name, []).append(candidate)
        found = {name: self._survivor(self._types[name], offered[name]) for name in sorted(offered)}
        return {name: value for name, value in found.items() if value is not None}

    def spelled(self, test: ValueTest) -> ValueCondition:
        """A test of a trait, of one that is an identifier in any spelling.

        What is none of these traits is asked for as it is.
        """
        trait = self._types.get(test.name)
        if trait is None or trait.identifier is None:
            return test
        is_list = trait.type == "strings"
        return in_any_spelling(test, partial(self._readings, trait), is_list=is_list)

    def _readings(self, trait: TraitType, text: str) -> Sequence[str]:
        """The normal forms of a text, by the region of each source."""
        regions = dict.fromkeys(one.region for one in self._sources.values())
        forms = (self._normal(trait, clean(text), region) for region in regions)
        return list(dict.fromkeys(one for one in forms if one is not None))

    def _offers(self, record: HeldTraits) -> Iterator[tuple[str, Candidate]]:
        source = self._sources.get(record.record.source)
        priority = source.priority if source else _UNKNOWN_PRIORITY
        weight = weight_of(record.record, record, priority, source.trust if source else 0)
        return ((n, Candidate(v, weight)) for n, v in record.traits.items() if n in self._types)

    def _survivor(self, trait: TraitType, candidates: Sequence[Candidate]) -> TraitValue | None:
        newest_first = sorted(candidates, key=lambda one: one.weight, reverse=True)
        given = origins(trait.survivorship, newest_first, lambda one: self._read(trait, one))
        if not given:
            return None
        if trait.survivorship == "union":
            return union(one.value for one in given)
        return given[0].value

    def _read(self, trait: TraitType, one: Candidate) -> Candidate | None:
        """A candidate as it is shown; an empty value and one of an untrusted source say nothing."""
        if not one.weight.votes or is_empty(one.value):
            return None
        value = self._as_identifier(trait, one)
        return None if value is None else one._replace(value=trait.canonical(value))

    def _as_identifier(self, trait: TraitType, one: Candidate) -> TraitValue | None:
        """As its identifier is written; without those that are none if only valid ones count."""
        if trait.identifier is None:
            return one.value
        source = self._sources.get(one.weight.record.source)
        region = source.region if source else DEFAULT_REGION
        written = one.value if isinstance(one.value, tuple) else (str(one.value),)
        normal = [(self._normal(trait, text, region), text) for text in written]
        unread = (None,) if trait.only_if_valid else ()
        shown = tuple(found or text for found, text in normal if found not in unread)
        return (shown if isinstance(one.value, tuple) else shown[0]) if shown else None

    def _normal(self, trait: TraitType, text: str, region: str) -> str | None:
        found = self._normalizers.normalize(Identifier(trait.identifier or "", text), region)
        return None if found is None else found.value


@lru_cache(_CATALOGS_KEPT)
def account_rules(catalog: Catalog) -> AccountRules:
    """The rules of a catalog, made once."""
    return AccountRules(catalog)
