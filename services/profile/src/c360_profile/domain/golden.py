"""The golden profile: one value per trait over all records of a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite
from operator import itemgetter
from typing import NamedTuple, cast

from c360_kernel.catalog.model import Catalog, PropertyType, Survivorship, TraitType
from c360_kernel.catalog.values import keeps_rules
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.value_types import ValueType

from c360_profile.domain.revision import Revision
from c360_profile.domain.survivorship import (
    Candidate,
    Weight,
    origins,
    union,
    weight_of,
)

Normalize = Callable[[Identifier, str], Identifier | None]
"""(raw identifier, region) to the normalized one, None if it has no normal form."""

_UNKNOWN_SOURCE_PRIORITY = 1_000_000
_DEFAULT_REGION = "CN"


class Provenance(NamedTuple):
    """Why a trait has its value: the record it came from, when (ms UTC), and by which rule."""

    trait: str
    record: RecordKey
    observed_at: int
    rule: str


@dataclass(frozen=True, slots=True)
class GoldenRules:
    """Folds records into golden profiles by a catalog's traits, sources and normalizers.

    Empty values, values of traits the catalog does not (any longer) name, and values that are
    not of the trait's type or beyond its bounds count as missing, and a missing value never wins.
    Values of a trait that is an identifier are shown normalized, or as written if they have no
    normal form.
    """

    catalog: Catalog
    normalize: Normalize

    def traits(self, records: Iterable[tuple[RecordKey, Revision]]) -> dict[str, TraitValue]:
        """The golden traits of these live records by name, whatever the order of the records."""
        revisions = list(records)
        if len(revisions) == 1:
            return self._sole(*revisions[0])
        golden: dict[str, TraitValue] = {}
        for name, rule, given in self._origins(revisions):
            is_union = rule == "union"
            golden[name] = union(one.value for one in given) if is_union else given[0].value
        return golden

    def provenance(self, records: Iterable[tuple[RecordKey, Revision]]) -> list[Provenance]:
        """Where the golden traits come from, by trait; of a union every record, newest first."""
        return [
            Provenance(name, one.weight.record, one.weight.observed_at, rule)
            for name, rule, given in self._origins(records)
            for one in given
        ]

    def candidates(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, Candidate]]:
        """What a record gives to golden traits, by name."""
        weight = self._weight(key, revision)
        for name, value in self._offers(key, revision):
            yield name, Candidate(value, weight)

    def _sole(self, key: RecordKey, revision: Revision) -> dict[str, TraitValue]:
        """What one record says by itself, as most customers are: nothing competes."""
        types = self.catalog.traits
        return {
            name: union([value]) if types[name].survivorship == "union" else value
            for name, value in sorted(self._offers(key, revision))
        }

    def _origins(
        self, records: Iterable[tuple[RecordKey, Revision]]
    ) -> Iterator[tuple[str, Survivorship, list[Candidate]]]:
        """By trait its rule and the candidates that give the golden value."""
        for name, candidates in sorted(self._candidates(records).items()):
            trait = self.catalog.traits[name]
            given = origins(trait.survivorship, candidates, partial(self._read, trait))
            if given:
                yield name, trait.survivorship, given

    def _candidates(
        self, records: Iterable[tuple[RecordKey, Revision]]
    ) -> dict[str, list[Candidate]]:
        """What is told of each trait, missing or not, newest first."""
        weighed = [(self._weight(key, revision), revision) for key, revision in records]
        weighed.sort(key=itemgetter(0), reverse=True)
        types = self.catalog.traits
        candidates: dict[str, list[Candidate]] = {}
        for weight, revision in weighed:
            for name, value in revision.traits.items():
                if name in candidates:
                    candidates[name].append(Candidate(value, weight))
                elif name in types:
                    candidates[name] = [Candidate(value, weight)]
        return candidates

    def _weight(self, key: RecordKey, revision: Revision) -> Weight:
        source = self.catalog.sources.get(key.source)
        return weight_of(key, revision, source.priority if source else _UNKNOWN_SOURCE_PRIORITY)

    def _read(self, trait: TraitType, candidate: Candidate) -> Candidate | None:
        value = self._value(trait, candidate.value, self._region(candidate.weight.record))
        return None if value is None else Candidate(value, candidate.weight)

    def _offers(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, TraitValue]]:
        types, region = self.catalog.traits, self._region(key)
        for name, raw in revision.traits.items():
            trait = types.get(name)
            value = None if trait is None else self._value(trait, raw, region)
            if value is not None:
                yield name, value

    def _region(self, key: RecordKey) -> str:
        source = self.catalog.sources.get(key.source)
        return source.region if source else _DEFAULT_REGION

    def _value(self, trait: TraitType, raw: TraitValue, region: str) -> TraitValue | None:
        """The value as it is shown, None if it counts as missing."""
        if not fits(trait.type, raw) or not keeps_rules(trait, raw):
            return None
        value = raw if trait.identifier is None else self._shown(trait, raw, region)
        return trait.canonical(_of_type(trait, value))

    def _shown(self, trait: TraitType, raw: TraitValue, region: str) -> TraitValue:
        kind = cast(str, trait.identifier)
        if isinstance(raw, tuple):
            return tuple(self._normal(Identifier(kind, item), region) for item in raw)
        return self._normal(Identifier(kind, str(raw)), region)

    def _normal(self, identifier: Identifier, region: str) -> str:
        return (self.normalize(identifier, region) or identifier).value


def _of_type(trait: TraitType, value: TraitValue) -> TraitValue:
    """A whole number as a float, where it was sent before the catalog said so."""
    return float(value) if trait.type == "float" and isinstance(value, int) else value


def fitting(
    types: Mapping[str, TraitType] | Mapping[str, PropertyType], values: Mapping[str, TraitValue]
) -> list[tuple[str, TraitValue]]:
    """The values that are of the type that is declared for their name."""
    return [
        (name, value)
        for name, value in values.items()
        if (declared := types.get(name)) is not None and fits(declared.type, value)
    ]


def fits(kind: ValueType, value: TraitValue) -> bool:
    """True if the value is of the type and not empty (blank text, no number, empty list)."""
    if type(value) not in _PYTHON_TYPES[kind]:
        return False
    if isinstance(value, str):
        return value != "" and not value.isspace()
    return isfinite(value) if isinstance(value, float) else value != ()


_PYTHON_TYPES: Mapping[ValueType, tuple[type, ...]] = {
    "string": (str,),
    "date": (str,),
    "int": (int,),
    "datetime": (int,),
    "float": (float, int),
    "boolean": (bool,),
    "strings": (tuple,),
}
