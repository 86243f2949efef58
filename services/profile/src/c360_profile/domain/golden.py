"""The golden profile: one value per trait over all records of a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from operator import itemgetter
from typing import cast

from c360_kernel.catalog.model import Catalog, PropertyType, TraitType
from c360_kernel.catalog.values import keeps_rules
from c360_kernel.corrections import STEWARD, corrected_by
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.value_types import ValueType

from c360_profile.domain.revision import Revision
from c360_profile.domain.survivorship import (
    Candidate,
    Weight,
    corrections,
    is_empty,
    origins,
    union,
    weight_of,
)

Normalize = Callable[[Identifier, str], Identifier | None]
"""(raw identifier, region) to the normalized one, None if it has no normal form."""

_UNKNOWN_SOURCE_PRIORITY = 1_000_000
_DEFAULT_REGION = "CN"
_OF_A_STEWARD = -1
CORRECTION = "correction"
"""The rule by which what a steward says survives."""


@dataclass(frozen=True, slots=True)
class GoldenRules:
    """Folds records into golden profiles by a catalog's traits, sources and normalizers.

    Empty values, values of traits the catalog does not (any longer) name, values that are not of
    the trait's type or beyond its bounds, and those of a source of no trust count as missing, and
    a missing value never wins. Where a trait does not ignore empty values, one that wins says that
    there is none, as one always does that a steward says. Values of a trait that is an identifier
    are shown normalized, or as written if they have no normal form, unless it wants valid ones
    only.
    """

    catalog: Catalog
    normalize: Normalize

    def traits(self, records: Iterable[tuple[RecordKey, Revision]]) -> dict[str, TraitValue]:
        """The golden traits of these live records by name, whatever the order of the records."""
        revisions = list(records)
        if len(revisions) == 1:
            return self._sole(*revisions[0])
        golden: dict[str, TraitValue] = {}
        is_corrected = any(key.source == STEWARD for key, _ in revisions)
        choose = self.given if is_corrected else self._by_rule
        for name, told in sorted(self.told(revisions).items()):
            rule, given = choose(name, told)
            if given and not is_empty(given[0].value):
                is_union = rule == "union"
                golden[name] = union(one.value for one in given) if is_union else given[0].value
        return golden

    def candidates(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, Candidate]]:
        """What a record gives to golden traits, by name."""
        weight = self._weight(key, revision)
        for name, value in self._offers(key, revision):
            yield name, Candidate(value, weight)

    def _sole(self, key: RecordKey, revision: Revision) -> dict[str, TraitValue]:
        """What one record says by itself, as most customers are: nothing competes."""
        offers = sorted(self._offers(key, revision))
        return {name: value for name, value in offers if not is_empty(value)}

    def told(self, records: Iterable[tuple[RecordKey, Revision]]) -> dict[str, list[Candidate]]:
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

    def given(self, trait: str, newest_first: Sequence[Candidate]) -> tuple[str, list[Candidate]]:
        """The rule that holds of a trait and the candidates that win by it, empty ones too."""
        corrected = corrections(newest_first, partial(self.read, self.catalog.traits[trait]))
        return (CORRECTION, corrected) if corrected else self._by_rule(trait, newest_first)

    def read(self, trait: TraitType, candidate: Candidate) -> Candidate | None:
        """A candidate with its value as it is shown; None if that counts as missing."""
        if not candidate.weight.votes:
            return None
        key = candidate.weight.record
        value = self._value(trait, candidate.value, self._region(key))
        if value is None and key.source == STEWARD:
            value = _none_of(trait, candidate.value)
        return None if value is None else Candidate(value, candidate.weight)

    def _by_rule(
        self, trait: str, newest_first: Sequence[Candidate]
    ) -> tuple[str, list[Candidate]]:
        kind = self.catalog.traits[trait]
        return kind.survivorship, origins(kind.survivorship, newest_first, partial(self.read, kind))

    def _weight(self, key: RecordKey, revision: Revision) -> Weight:
        if key.source == STEWARD:
            return weight_of(key, revision, _OF_A_STEWARD)
        source = self.catalog.sources.get(key.source)
        if source is None:
            return weight_of(key, revision, _UNKNOWN_SOURCE_PRIORITY)
        return weight_of(key, revision, source.priority, source.trust)

    def _offers(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, TraitValue]]:
        if not self._is_trusted(key):
            return
        types, region = self.catalog.traits, self._region(key)
        for name, raw in revision.traits.items():
            trait = types.get(name)
            if trait is None:
                continue
            value = self._value(trait, raw, region)
            if value is None and key.source == STEWARD:
                value = _none_of(trait, raw)
            if value is not None:
                yield name, value

    def _is_trusted(self, key: RecordKey) -> bool:
        source = self.catalog.sources.get(key.source)
        return source is None or source.trust > 0 or key.source == STEWARD

    def _region(self, key: RecordKey) -> str:
        """Where a value is at home; a correction is where the record is that it corrects."""
        source = self.catalog.sources.get((corrected_by(key) or key).source)
        return source.region if source else _DEFAULT_REGION

    def _value(self, trait: TraitType, raw: TraitValue, region: str) -> TraitValue | None:
        """The value as it is shown, None if it counts as missing."""
        if not fits(trait.type, raw) or not keeps_rules(trait, raw):
            return None if trait.ignore_empty else _none_of(trait, raw)
        value = raw if trait.identifier is None else self._shown(trait, raw, region)
        return None if value is None else _of_type(trait, trait.canonical(value))

    def _shown(self, trait: TraitType, raw: TraitValue, region: str) -> TraitValue | None:
        """As its identifier is written; without those that are none if only valid ones count."""
        kind = cast(str, trait.identifier)
        written = raw if isinstance(raw, tuple) else (str(raw),)
        normal = [self._normal(trait, Identifier(kind, one), region) for one in written]
        shown = tuple(one for one in normal if one is not None)
        if not shown:
            return None
        return shown if isinstance(raw, tuple) else shown[0]

    def _normal(self, trait: TraitType, identifier: Identifier, region: str) -> str | None:
        normal = self.normalize(identifier, region)
        if normal is None:
            return None if trait.only_if_valid else identifier.value
        return normal.value


def _of_type(trait: TraitType, value: TraitValue) -> TraitValue:
    """A whole number as a float, where it was sent before the catalog said so; a set in order."""
    if trait.survivorship == "union":
        return union([value])
    return float(value) if trait.type == "float" and isinstance(value, int) else value


def _none_of(trait: TraitType, raw: TraitValue) -> TraitValue | None:
    """What an empty text or list says where it counts; None of any other value."""
    if trait.type == "strings":
        return () if raw == () else None
    is_blank = trait.type == "string" and isinstance(raw, str) and not raw.strip()
    return "" if is_blank else None


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
