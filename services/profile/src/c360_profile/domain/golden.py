"""The golden profile: one value per trait over all records of a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog, TraitType, ValueType
from c360_kernel.record import Identifier, RecordKey, TraitValue

from c360_profile.domain.revision import Revision
from c360_profile.domain.survivorship import Candidate, Standing, Survivor, standing, survive

Normalize = Callable[[Identifier, str], Identifier | None]
"""(raw identifier, region) to the normalized one, None if it has no normal form."""

_UNKNOWN_SOURCE_PRIORITY = 1_000_000
_DEFAULT_REGION = "CN"
_TEXT: tuple[type, ...] = (str,)
_PYTHON_TYPES: Mapping[ValueType, tuple[type, ...]] = {
    "string": _TEXT,
    "date": _TEXT,
    "int": (int,),
    "datetime": (int,),
    "float": (float, int),
    "boolean": (bool,),
    "strings": (tuple,),
}
_NO_TRAITS: Mapping[str, TraitValue] = {}


class Provenance(NamedTuple):
    """Why a trait has its value: the record it came from, when, and by which rule."""

    trait: str
    record: RecordKey
    observed_at: int
    rule: str


@dataclass(frozen=True, slots=True)
class GoldenProfile:
    """The golden traits by name, and where each came from (by trait, deciding record first)."""

    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NO_TRAITS)
    provenance: tuple[Provenance, ...] = ()


EMPTY = GoldenProfile()


@dataclass(frozen=True, slots=True)
class GoldenRules:
    """Folds records into golden profiles by a catalog's traits, sources and normalizers."""

    catalog: Catalog
    normalize: Normalize

    def fold(self, records: Iterable[tuple[RecordKey, Revision]]) -> GoldenProfile:
        """The golden profile of these live records, whatever their order.

        Empty values, values of traits the catalog does not (any longer) name, and values that
        are not of the trait's type count as missing, and a missing value never wins.
        """
        candidates: dict[str, list[Candidate]] = {}
        for key, revision in records:
            self._collect(candidates, key, revision)
        return _golden(self.catalog.traits, candidates)

    def _collect(
        self, into: dict[str, list[Candidate]], key: RecordKey, revision: Revision
    ) -> None:
        source = self.catalog.sources.get(key.source)
        priority = source.priority if source else _UNKNOWN_SOURCE_PRIORITY
        region = source.region if source else _DEFAULT_REGION
        weight: Standing | None = None
        for name, raw in revision.traits.items():
            trait = self.catalog.traits.get(name)
            if trait is None or not fits(trait.type, raw):
                continue
            weight = weight or standing(key, revision, priority)
            into.setdefault(name, []).append(Candidate(self._shown(trait, raw, region), weight))

    def _shown(self, trait: TraitType, raw: TraitValue, region: str) -> TraitValue:
        kind = trait.identifier
        if kind is None:
            return raw
        if isinstance(raw, tuple):
            return tuple(self._normal(Identifier(kind, item), region) for item in raw)
        return self._normal(Identifier(kind, str(raw)), region)

    def _normal(self, identifier: Identifier, region: str) -> str:
        return (self.normalize(identifier, region) or identifier).value


def fits(kind: ValueType, value: TraitValue) -> bool:
    """True if the value is of the type and not empty (blank text, no number, empty list)."""
    if isinstance(value, bool):
        return kind == "boolean"
    if not isinstance(value, _PYTHON_TYPES[kind]):
        return False
    if isinstance(value, str):
        return bool(value) and not value.isspace()
    return isfinite(value) if isinstance(value, float) else value != ()


def _golden(
    types: Mapping[str, TraitType], candidates: Mapping[str, list[Candidate]]
) -> GoldenProfile:
    traits: dict[str, TraitValue] = {}
    provenance: list[Provenance] = []
    for name in sorted(candidates):
        rule = types[name].survivorship
        survivor = survive(rule, candidates[name])
        traits[name] = survivor.value
        provenance.extend(_provenance(name, rule, survivor))
    return GoldenProfile(traits, tuple(provenance))


def _provenance(trait: str, rule: str, survivor: Survivor) -> Iterable[Provenance]:
    for origin in survivor.origins:
        yield Provenance(trait, origin.standing.record, origin.standing.observed_at, rule)
