"""The golden profile: one value per trait over all records of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import TypeAlias

from c360_kernel.catalog.model import MOST_TRUST, Catalog, Survivorship, TraitType
from c360_kernel.corrections import STEWARD, corrected_by
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.revisions import holding_part
from c360_kernel.survivorship import (
    EMPTY,
    Candidate,
    Told,
    Weight,
    corrections,
    is_empty,
    origins,
    union,
    weight_of,
)

from c360_profile.domain.carried import NOTHING, Carrying, text_of
from c360_profile.domain.computed.givers import Giver, givers_of
from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.judged import Judged, Values, is_judged, judging_basis
from c360_profile.domain.revision import Revision
from c360_profile.domain.scores.quintiles import NO_QUINTILES, Quintiles
from c360_profile.domain.shown import Normalize, Shown, none_of

_UNKNOWN_SOURCE_PRIORITY = 1_000_000
_DEFAULT_REGION = "CN"
_OF_A_STEWARD = -1
_Weighed: TypeAlias = tuple[Weight, Revision]
_NOTHING: Mapping[str, TraitValue] = {}
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
    quintiles: Quintiles = NO_QUINTILES
    computed: ComputedRules = field(init=False, repr=False, compare=False)
    """What beside records becomes traits of a customer."""
    givers: tuple[Giver, ...] = field(init=False, repr=False, compare=False)
    """The rules that give tags."""
    keeps_by_records: bool = field(init=False, repr=False, compare=False)
    """Whether some of these keep, and what records said before decides."""
    basis: str = field(init=False, repr=False, compare=False)
    """Names what values are judged by."""
    _strict: Mapping[str, TraitType] = field(init=False, repr=False, compare=False)
    _shown: Shown = field(init=False, repr=False, compare=False)
    _valid: Shown = field(init=False, repr=False, compare=False)
    _judged: frozenset[str] = field(init=False, repr=False, compare=False)
    _in_part: frozenset[str] = field(init=False, repr=False, compare=False)
    """Lists that are shown with the items that are not valid, too."""
    _carrying: Carrying = field(init=False, repr=False, compare=False)
    _believed: dict[str, tuple[int, int]] = field(
        default_factory=dict[str, tuple[int, int]], init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Remember values from here on."""
        traits = self.catalog.traits
        strict = {
            name: replace(one, only_if_valid=True, ignore_empty=True)
            for name, one in traits.items()
        }
        computed = ComputedRules(self.catalog, self.quintiles)
        givers = givers_of(self.catalog, computed)
        made = {
            "computed": computed,
            "givers": givers,
            "keeps_by_records": any(g.rule.keeps_ms and g.needs_records for g in givers),
            "basis": judging_basis(self.catalog),
            "_strict": strict,
            "_shown": Shown(traits, self.normalize),
            "_valid": Shown(strict, self.normalize),
            "_judged": frozenset(name for name, one in traits.items() if is_judged(one)),
            "_in_part": frozenset(name for name, one in traits.items() if _is_in_part(one)),
            "_carrying": Carrying(self.catalog),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def traits(self, records: Iterable[tuple[RecordKey, Revision]]) -> dict[str, TraitValue]:
        """The golden traits of these live records by name, whatever the order of the records."""
        revisions = list(records)
        if len(revisions) == 1:
            return self._sole(*revisions[0])
        is_corrected = any(key.source == STEWARD for key, _ in revisions)
        survive = self._corrected if is_corrected else self._uncorrected
        newest = sorted(
            [(self.weight(key, said), said) for key, said in revisions],
            key=itemgetter(0),
            reverse=True,
        )
        found = sorted(survive(newest))
        return {name: v for name, v in found if v is not None and v not in EMPTY}

    def carries_alike(self, one: Sequence[Revision], other: Sequence[Revision]) -> bool:
        """Whether a record carries the same by one of these as by the other; False: perhaps."""
        if len(one) != 1 or len(other) != 1:
            return False
        return self._carrying.says_alike(one[0].traits, other[0].traits)

    def carried(self, key: RecordKey, states: Sequence[Revision]) -> str:
        """The text of the identifiers that a record in these states says, normalized.

        One without a normal form is none, and none is made of another here. What a steward corrects
        names the customer in nothing, and finds nobody.
        """
        if corrected_by(key) is not None:
            return NOTHING
        region = self._region(key)

        def normal(one: Identifier) -> Identifier | None:
            return self.normalize(one, region)

        if len(states) == 1:
            return text_of(self._carrying.all_said(states[0].traits, normal))
        return text_of(
            identifier
            for state in states
            for part, identifier in self._carrying.said(state.traits, normal)
            if holding_part(part, states) is state
        )

    def _uncorrected(self, newest: Sequence[_Weighed]) -> Iterator[tuple[str, TraitValue | None]]:
        """What survives of each trait where no steward says anything; None if nothing is there."""
        types = self.catalog.traits
        orders: Mapping[Survivorship, Sequence[_Weighed]] = {
            "latest": newest,
            "oldest": newest[::-1],
            "source_priority": sorted(newest, key=_trust, reverse=True),
        }
        for name in types.keys() & set().union(*[said.traits for _, said in newest]):
            trait = types[name]
            order = orders.get(trait.survivorship)
            if order is not None:
                yield name, self._first(trait, order)
                continue
            told = list(self._read(trait, newest))
            if len(told) == 1:
                yield name, told[0].value
            else:
                rule = trait.survivorship
                yield name, _survivor((rule, origins(rule, told, _as_it_is)))

    def _first(self, trait: TraitType, order: Sequence[_Weighed]) -> TraitValue | None:
        """The first that is there has it: of most traits no more is looked at."""
        name, is_plain = trait.name, trait.name in self._shown.plain
        for weight, said in order:
            raw = said.traits.get(name)
            if raw is None or not weight.votes:
                continue
            if is_plain and type(raw) is str and raw and not raw.isspace():
                return raw
            value = self._told(trait, weight, said)
            if value is not None:
                return value
        return None

    def _read(self, trait: TraitType, newest: Iterable[_Weighed]) -> Iterator[Candidate]:
        """What is said of a trait, as it is shown."""
        for weight, said in newest:
            if trait.name in said.traits:
                value = self._told(trait, weight, said)
                if value is not None:
                    yield Candidate(value, weight)

    def _told(self, trait: TraitType, weight: Weight, said: Revision) -> TraitValue | None:
        """What a revision says of a trait, as it is shown."""
        is_whole = weight.votes and trait.name not in self._in_part
        known = self._known(said).get(trait.name) if is_whole else None
        return self._value(trait, said.traits[trait.name], weight) if known is None else known

    def _corrected(self, newest: Sequence[_Weighed]) -> Iterator[tuple[str, TraitValue | None]]:
        for name in self.catalog.traits.keys() & set().union(*[said.traits for _, said in newest]):
            yield name, _survivor(self.given(name, _candidates(name, newest)))

    def candidates(self, key: RecordKey, revision: Revision) -> Iterator[tuple[str, Candidate]]:
        """What a record gives to golden traits, by name."""
        weight = self.weight(key, revision)
        for name, value in self.offers(key, revision).items():
            yield name, Candidate(value, weight)

    def _sole(self, key: RecordKey, revision: Revision) -> dict[str, TraitValue]:
        """What one record says by itself, as most customers are: nothing competes."""
        offers = sorted(self.offers(key, revision).items())
        return {name: value for name, value in offers if value not in EMPTY}

    def given(self, trait: str, newest_first: Sequence[Candidate]) -> tuple[str, list[Candidate]]:
        """The rule that holds of a trait and the candidates that win by it, empty ones too."""
        corrected = corrections(newest_first, partial(self.read, self.catalog.traits[trait]))
        return (CORRECTION, corrected) if corrected else self.by_rule(trait, newest_first)

    def read(self, trait: TraitType, candidate: Candidate) -> Candidate | None:
        """A candidate with its value as it is shown; None if that counts as missing."""
        value = self._value(trait, candidate.value, candidate.weight)
        if value is None or value is candidate.value:
            return None if value is None else candidate
        return Candidate(value, candidate.weight)

    def _value(self, trait: TraitType, raw: TraitValue, weight: Weight) -> TraitValue | None:
        if not weight.votes:
            return None
        if self._shown.is_as_written(trait.name, raw):
            return raw
        key = weight.record
        value = self._shown.value(trait, raw, self._region(key))
        if value is None and key.source == STEWARD:
            return none_of(trait, raw)
        return value

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

    def offers(self, key: RecordKey, revision: Revision) -> Mapping[str, TraitValue]:
        """By trait the values of a record that do not count as missing, as they are shown."""
        if not self._is_trusted(key):
            return _NOTHING
        offered, types = self.valid(key, revision), self.catalog.traits
        for name in revision.traits.keys() - (offered.keys() - self._in_part):
            trait = types.get(name)
            value = None if trait is None else self._loose(key, trait, revision.traits[name])
            if value is not None:
                offered[name] = value
        return offered

    def valid(self, key: RecordKey, revision: Revision) -> dict[str, TraitValue]:
        """By trait the values of a record that are valid, whoever is trusted: of their type, within
        its rules, and with a normal form where they are identifiers.
        """
        plain, said = self._valid.plain, revision.traits
        found: dict[str, TraitValue] = {
            name: raw
            for name, raw in said.items()
            if name in plain and type(raw) is str and raw and not raw.isspace()
        }
        if len(found) < len(said):
            known = self._known(revision)
            for name in said.keys() - found.keys():
                value = known[name] if name in known else self._judge(key, name, said[name])
                if value is not None:
                    found[name] = value
        return found

    def judged(self, key: RecordKey, revision: Revision, before: Revision | None) -> Revision:
        """The revision with what its values are, as far as that is not seen at once.

        What was found of those that the revision `before` said, too, is not found again.
        """
        said, values = revision.traits, dict[str, TraitValue | None]()
        known, held = (self._known(before), before.traits) if before else (_NOTHING, _NOTHING)
        for name in self._judged & said.keys():
            raw = said[name]
            if isinstance(raw, str | tuple):
                is_known = name in known and held.get(name) == raw
                values[name] = known[name] if is_known else self._judge(key, name, raw)
        return revision.remembering(Judged(self.basis, values)) if values else revision

    def _known(self, revision: Revision) -> Values:
        """What is remembered of the values, if it is by this catalog."""
        judged = revision.judged
        return judged.values if judged is not None and judged.basis == self.basis else _NOTHING

    def _judge(self, key: RecordKey, name: str, raw: TraitValue) -> TraitValue | None:
        trait = self._strict.get(name)
        return None if trait is None else self._valid.value(trait, raw, self._region(key))

    def _loose(self, key: RecordKey, trait: TraitType, raw: TraitValue) -> TraitValue | None:
        """What is shown of a value that is not valid; most often nothing."""
        value = self._shown.value(trait, raw, self._region(key))
        return none_of(trait, raw) if value is None and key.source == STEWARD else value

    def _is_trusted(self, key: RecordKey) -> bool:
        source = self.catalog.sources.get(key.source)
        return source is None or source.trust > 0 or key.source == STEWARD

    def _region(self, key: RecordKey) -> str:
        """Where a value is at home; a correction is where the record is that it corrects."""
        if key.source == STEWARD:
            key = corrected_by(key) or key
        source = self.catalog.sources.get(key.source)
        return source.region if source else _DEFAULT_REGION


def _trust(weighed: _Weighed) -> int:
    return weighed[0].trust


def _candidates(name: str, newest: Iterable[_Weighed]) -> list[Candidate]:
    told = ((weight, said.traits) for weight, said in newest)
    return [Candidate(said[name], weight) for weight, said in told if name in said]


def _is_in_part(trait: TraitType) -> bool:
    is_list = trait.identifier is not None and trait.type == "strings"
    return is_list and not trait.only_if_valid


def _as_it_is(candidate: Candidate) -> Candidate:
    """Of one that was read already."""
    return candidate


def _survivor(holds: tuple[str, Sequence[Candidate]]) -> TraitValue | None:
    """What survives by a rule of the candidates that win by it; None if there are none."""
    rule, given = holds
    if rule == "union" and given and not is_empty(given[0].value):
        return union(one.value for one in given)
    return given[0].value if given else None
