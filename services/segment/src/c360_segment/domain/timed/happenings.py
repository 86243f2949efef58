"""Events as conditions over time see them, and which of them are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.accounts.links import Link
from c360_kernel.conditions.plain import plain_test
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import RecordKey, TraitValue

from c360_segment.domain.past import Was


class Happened(NamedTuple):
    """An event of a customer. `at` is when it is said to have happened, ms UTC."""

    at: int
    source: str
    message_id: str
    name: str
    stamp: str
    properties: Mapping[str, TraitValue]


class Moment(NamedTuple):
    """All that a condition over time may look at: the present (ms UTC, 0: not known yet), golden
    traits, the events of each name, earliest first, whose they are, and the
    links of the customer to accounts, of whatever time. `past` is what was known of it before,
    earliest first, where it was asked for.

    `chosen` are, of some happenings, the events that are meant, where they were found before;
    `accounts` the traits of the accounts that are linked to, by the record that a link names."""

    now: int
    traits: Mapping[str, TraitValue]
    events: Mapping[str, Sequence[Happened]]
    customer: str = ""
    links: Sequence[Link] = ()
    chosen: Mapping[Happening, Sequence[Happened]] = {}
    accounts: Mapping[RecordKey, Mapping[str, TraitValue]] = {}
    past: Sequence[Was] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """Which events are meant: of a name, whose properties pass all tests, of a source or of any."""

    event: str
    where: tuple[ValueTest, ...] = ()
    source: str = ""

    def among(self, moment: Moment) -> Sequence[Happened]:
        """Those of a customer, earliest first."""
        named = moment.events.get(self.event, ())
        if not (self.where or self.source):
            return named
        found = moment.chosen.get(self)
        return [one for one in named if self._means(one)] if found is None else found

    @property
    def looks_through(self) -> bool:
        """Whether objects that events refer to say which are meant: `product.category`."""
        return any("." in test.name for test in self.where)

    def _means(self, one: Happened) -> bool:
        return self.source in ("", one.source) and all(t.holds(one.properties) for t in self.where)

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values, in every version the same."""
        return [self.event, [plain_test(test) for test in self.where], self.source]
