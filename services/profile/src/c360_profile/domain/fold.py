"""The golden traits of a customer of many records, kept up while single records change.

A fold says what `GoldenRules.traits` says of the same records. It is nothing but a memory: whoever
loses it reads all records once more.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.payload import TagValue
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.survivorship import Candidate, is_empty

from c360_profile.domain.computed.tallies import Tallies
from c360_profile.domain.customer import belonging, tags_of
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.ranking import Ranking, ranking
from c360_profile.domain.record import SourceRecord

_LEAST = 256
_MOST_HELD = 150_000
"""Of a customer of more records each change reads them all."""

_Given = list[tuple[str, Candidate]]


class Fold:
    """The golden traits of one customer, and what people said of its tags when it was folded.

    Whoever changes these has it folded anew.
    """

    def __init__(self, customer: str, linked: Sequence[SourceRecord], rules: GoldenRules) -> None:
        self._customer = customer
        self.rules = rules
        self.tags = _tags(customer, linked)
        self._given: dict[RecordKey, _Given] = {}
        self._sources: Counter[str] = Counter()
        self._rankings: dict[str, Ranking] = {}
        self._traits: dict[str, TraitValue] = {}
        self._put_all(linked)

    def __len__(self) -> int:
        """How many records belong to the customer."""
        return len(self._given)

    @property
    def traits(self) -> dict[str, TraitValue]:
        """The golden traits by name."""
        return dict(sorted(self._traits.items()))

    @property
    def records(self) -> Collection[RecordKey]:
        """The records that belong to the customer."""
        return self._given.keys()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that its records come from, in order."""
        return tuple(sorted(+self._sources))

    def put(self, record: SourceRecord) -> None:
        """Take up how a record is now, whether or not it belongs to the customer."""
        self._sources[record.key.source] -= record.key in self._given
        before = self._given.pop(record.key, [])
        after = self._offered(record)
        for name, candidate in before:
            self._rankings[name].drop(candidate)
        for name, candidate in after:
            self._ranking(name).add(candidate)
        self._decide({name for name, _ in (*before, *after)})

    def _put_all(self, linked: Iterable[SourceRecord]) -> None:
        offered: dict[str, list[Candidate]] = {}
        for record in linked:
            for name, candidate in self._offered(record):
                offered.setdefault(name, []).append(candidate)
        for name, candidates in offered.items():
            self._ranking(name).fill(candidates)
        self._decide(offered)

    def _offered(self, record: SourceRecord) -> _Given:
        if record.customer != self._customer:
            return []
        self._sources[record.key.source] += 1
        offered = self._given[record.key] = [
            one for part in record.parts for one in self.rules.candidates(record.key, part)
        ]
        return offered

    def _ranking(self, name: str) -> Ranking:
        if name not in self._rankings:
            self._rankings[name] = ranking(self.rules.catalog.traits[name].survivorship)
        return self._rankings[name]

    def _decide(self, names: Iterable[str]) -> None:
        for name in names:
            value = self._rankings[name].value
            if value is None or is_empty(value):
                self._traits.pop(name, None)
            else:
                self._traits[name] = value


class Folds:
    """Folds of customers of at least so many records; what was used last is kept.

    All together they hold so many records at most.
    """

    def __init__(self, least: int = _LEAST, most_held: int = _MOST_HELD) -> None:
        self._least = least
        self._most_held = most_held
        self._folds: OrderedDict[str, Fold] = OrderedDict()
        self.tallies = Tallies() if most_held else Tallies(0)
        """What the events of records come to, for as long as folds hold."""

    def kept_up(
        self, customers: Iterable[str], changed: Iterable[SourceRecord], rules: GoldenRules
    ) -> dict[str, Fold]:
        """Those folds of customers that are held, once these records changed.

        Of one whose records are all gone or that other rules made, nothing is held any more.
        """
        if not self._folds:
            return {}
        for record in changed:
            for customer in record.customers & self._folds.keys():
                self._folds[customer].put(record)
        self._forget_most()
        return {name: self._folds[name] for name in customers if self._holds(name, rules)}

    def keep(self, customer: str, linked: Sequence[SourceRecord], rules: GoldenRules) -> None:
        """Fold a customer, if it has enough records, for those who come after."""
        if (held := self._folds.get(customer)) is not None:
            held.tags = _tags(customer, linked)
        if not self._least <= len(linked) <= self._most_held:
            return
        self._folds[customer] = Fold(customer, linked, rules)
        self._forget_most()

    def _forget_most(self) -> None:
        while sum(map(len, self._folds.values())) > self._most_held:
            self._folds.popitem(last=False)

    def clear(self) -> None:
        """Hold nothing: somebody else may have changed a record."""
        self._folds.clear()
        self.tallies.clear()

    def _holds(self, customer: str, rules: GoldenRules) -> bool:
        fold = self._folds.get(customer)
        if fold is None:
            return False
        if not len(fold) or fold.rules is not rules:
            del self._folds[customer]
            return False
        self._folds.move_to_end(customer)
        return True


def _tags(customer: str, linked: Iterable[SourceRecord]) -> Mapping[str, TagValue]:
    return tags_of(belonging(customer, linked))
