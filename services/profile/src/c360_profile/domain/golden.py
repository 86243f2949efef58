"""The golden profile: one value per trait over all records of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import itemgetter

from c360_kernel.catalog.model import MOST_TRUST, Catalog, TraitType
from c360_kernel.corrections import STEWARD, corrected_by
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.survivorship import (
    PREFERRED,
    Candidate,
    Told,
    Weight,
    corrections,
    is_empty,
    origins,
    union,
    weight_of,
)

from c360_profile.domain.carried import Carrying
from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.revision import Revision
from c360_profile.domain.shown import Normalize, Shown, none_of

_UNKNOWN_SOURCE_PRIORITY = 1_000_000
_DEFAULT_REGION = "CN"
_OF_A_STEWARD = -1
_MOST_REMEMBERED = 20_000
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
    computed: ComputedRules = field(init=False, repr=False, compare=False)
    """What beside records becomes traits of a customer."""
    _shown: Shown = field(init=False, repr=False, compare=False)
    _carrying: Carrying = field(init=False, repr=False, compare=False)
    _normal: Normalize = field(init=False, repr=False, compare=False)
    _believed: dict[str, tuple[int, int]] = field(
        default_factory=dict[str, tuple[int, int]], init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Remember values from here on."""
        object.__setattr__(self, "computed", ComputedRules(self.catalog))
        object.__setattr__(self, "_shown", Shown(self.catalog.traits, self.normalize))
        object.__setattr__(self, "_carrying", Carrying(self.catalog))
        object.__setattr__(self, "_normal", lru_cache(_MOST_REMEMBERED)(self.normalize))

    def traits(self, records: Iterable[tuple[RecordKey, Revision]]) -> dict[str, TraitValue]:
        """The golden traits of these live records by name, whatever the order of the records."""
        revisions = list(records)
        if len(revisions) == 1:
            return self._sole(*revisions[0])
        golden: dict[str, TraitValue] = {}
        is_corrected = any(key.source == STEWARD for key, _ in revisions)
        for name, told in sorted(self.told(revisions).items()):
            value = self._surviving(self.catalog.traits[name], told, is_corrected)
            if value is not None and not is_empty(value):
                golden[name] = value
        return golden

    def carried(self, key: RecordKey, parts: Iterable[Revision]) -> tuple[Identifier, ...]:
        """The identifiers that a record says by what holds of it: normalized, each once, in order.

        One without a normal form is none, and none is made of another here.
        """
        region = self._region(key)
        said = (one for part in parts for one in self._carrying.said(part.traits))
        normal = {self._normal(one, region) for one in said}
        return tuple(sorted(one for one in normal if one is not None))

    def _surviving(
        self, trait: TraitType, told: Sequence[Candidate], is_corrected: bool
    ) -> TraitValue | None:
        """What survives of all that is told of a trait, newest first; None if nothing is there."""
        rule = trait.survivorship
        if len(told) == 1 or (rule in PREFERRED and not is_corrected):
            # Nothing competes, or the first that is there has it.
            for candidate in told if len(told) == 1 else PREFERRED[rule](told):
                one = self.read(trait, candidate)
                if one is not None:
                    return one.value
            return None
        holds, given = (self.given if is_corrected else self.by_rule)(trait.name, told)
        if holds == "union" and given and not is_empty(given[0].value):
            return union(one.value for one in given)
        return given[0].value if given else None

    def candidates(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, Candidate]]:
        """What a record gives to golden traits, by name."""
        weight = self.weight(key, revision)
        for name, value in self._offers(key, revision):
            yield name, Candidate(value, weight)

    def _sole(self, key: RecordKey, revision: Revision) -> dict[str, TraitValue]:
        """What one record says by itself, as most customers are: nothing competes."""
        offers = sorted(self._offers(key, revision))
        return {name: value for name, value in offers if not is_empty(value)}

    def told(self, records: Iterable[tuple[RecordKey, Revision]]) -> dict[str, list[Candidate]]:
        """What is told of each trait, missing or not, newest first."""
        types = self.catalog.traits
        weighed = [(self.weight(key, said), said.traits) for key, said in records]
        weighed.sort(key=itemgetter(0), reverse=True)
        candidates: dict[str, list[Candidate]] = {}
        for weight, traits in weighed:
            for name, value in traits.items():
                if name in candidates:
                    candidates[name].append(Candidate(value, weight))
                elif name in types:
                    candidates[name] = [Candidate(value, weight)]
        return candidates

    def given(self, trait: str, newest_first: Sequence[Candidate]) -> tuple[str, list[Candidate]]:
        """The rule that holds of a trait and the candidates that win by it, empty ones too."""
        corrected = corrections(newest_first, partial(self.read, self.catalog.traits[trait]))
        return (CORRECTION, corrected) if corrected else self.by_rule(trait, newest_first)

    def read(self, trait: TraitType, candidate: Candidate) -> Candidate | None:
        """A candidate with its value as it is shown; None if that counts as missing."""
        weight = candidate.weight
        if not weight.votes:
            return None
        if self._shown.is_as_written(trait.name, candidate.value):
            return candidate
        key = weight.record
        value = self._shown.value(trait, candidate.value, self._region(key))
        if value is None and key.source == STEWARD:
            value = none_of(trait, candidate.value)
        if value is None or value is candidate.value:
            return None if value is None else candidate
        return Candidate(value, weight)

    def by_rule(self, trait: str, newest_first: Sequence[Candidate]) -> tuple[str, list[Candidate]]:
        """As `given`, where no steward corrected anything."""
        kind = self.catalog.traits[trait]
        return kind.survivorship, origins(kind.survivorship, newest_first, partial(self.read, kind))

    def weight(self, key: RecordKey, revision: Told) -> Weight:
        """What a record weighs by what it was told to say."""
        believed = self._believed.get(key.source) or self._believe(key.source)
        return weight_of(key, revision, *believed)

    def _believe(self, source: str) -> tuple[int, int]:
        """By which priority a source is believed, and how much a record of it counts."""
        known = self.catalog.sources.get(source)
        votes = MOST_TRUST if known is None or source == STEWARD else known.trust
        believed = self.priority(source), votes
        if known is not None:
            self._believed[source] = believed
        return believed

    def priority(self, source: str) -> int:
        """By which a source is believed: the least first."""
        if source == STEWARD:
            return _OF_A_STEWARD
        known = self.catalog.sources.get(source)
        return _UNKNOWN_SOURCE_PRIORITY if known is None else known.priority

    def _offers(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, TraitValue]]:
        if not self._is_trusted(key):
            return
        types, region = self.catalog.traits, self._region(key)
        for name, raw in revision.traits.items():
            trait = types.get(name)
            if trait is None:
                continue
            value = self._shown.value(trait, raw, region)
            if value is None and key.source == STEWARD:
                value = none_of(trait, raw)
            if value is not None:
                yield name, value

    def _is_trusted(self, key: RecordKey) -> bool:
        source = self.catalog.sources.get(key.source)
        return source is None or source.trust > 0 or key.source == STEWARD

    def _region(self, key: RecordKey) -> str:
        """Where a value is at home; a correction is where the record is that it corrects."""
        if key.source == STEWARD:
            key = corrected_by(key) or key
        source = self.catalog.sources.get(key.source)
        return source.region if source else _DEFAULT_REGION
