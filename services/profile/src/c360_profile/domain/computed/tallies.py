"""Computed traits kept up event by event: parts per record, put together per customer.

A part stays with its record for ever, so that merging and un-merging customers moves exactly what
their events came to. It is nothing but a memory of the record's events, which the store keeps:
whoever has none, or had to take something out, reads them once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.computing.kinds import Seen, come_to
from c360_kernel.computing.windows import changes_at, span_of
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.computed.parts import Part, Windowed, new_part, together
from c360_profile.domain.computed.quintiles import Bought, Ranking, spending_of
from c360_profile.domain.computed.rules import ComputedRules, Counting
from c360_profile.domain.event import Event

_MOST_HELD = 1_000_000
"""Values seen, of some 120 bytes with what stands beside them."""


class Tally:
    """What the events of one record come to."""

    __slots__ = ("_values", "bought", "newest", "parts", "rules", "seen", "size")

    def __init__(self, rules: ComputedRules, events: Iterable[Event] = ()) -> None:
        self.rules = rules
        self.newest = 0
        self.size = 1
        self.parts: dict[str, Part] = {}
        self.seen: dict[int, Windowed] = {}
        """What windows look at, by the number of the picker."""
        self.bought: dict[int, Bought] = {}
        """What quintiles look at, too."""
        self._values: dict[str, TraitValue | None] = {}
        self._read(events)

    def add(self, event: Event) -> None:
        """One more event of the record."""
        counting = self.rules.by_event.get(event.name)
        if counting is None:
            return
        self.newest = max(self.newest, stamp_ms(event.stamp))
        for picker, ever, has_windows, ranks in counting:
            seen = picker.seen(event)
            if seen is None:
                continue
            self.size += 1
            if has_windows:
                self.seen.setdefault(picker.number, Windowed()).add(seen)
            if ranks:
                self.bought.setdefault(picker.number, Bought()).add(seen)
            for trait in ever:
                self._part(trait).add(seen)

    def _read(self, events: Iterable[Event]) -> None:
        """All events of the record at once."""
        by_name: dict[str, list[Event]] = {}
        for event in events:
            by_name.setdefault(event.name, []).append(event)
        for name, named in by_name.items():
            counting = self.rules.by_event.get(name)
            if counting is not None:
                self.newest = max(self.newest, stamp_ms(max(one.stamp for one in named)))
                for one in counting:
                    self._count(one, [s for s in map(one.picker.seen, named) if s is not None])

    def _count(self, counting: Counting, seen: Sequence[Seen]) -> None:
        if not seen:
            return
        self.size += len(seen)
        if counting.has_windows:
            self.seen.setdefault(counting.picker.number, Windowed()).add_all(seen)
        if counting.ranks:
            self.bought.setdefault(counting.picker.number, Bought()).add_all(seen)
        for trait in counting.ever:
            self._part(trait).add_all(seen)

    def value(self, trait: ComputedTrait) -> TraitValue | None:
        """What this record's events alone come to, of a trait without a window."""
        name = trait.name
        if name not in self._values:
            part = self.parts.get(name)
            self._values[name] = None if part is None else together(trait, [part])
        return self._values[name]

    def _part(self, trait: ComputedTrait) -> Part:
        self._values.pop(trait.name, None)
        part = self.parts.get(trait.name)
        if part is None:
            part = self.parts[trait.name] = new_part(trait)
        return part


class Computed(NamedTuple):
    """Computed traits, and when they change by themselves (ms UTC); None: never."""

    traits: Mapping[str, TraitValue]
    due: int | None


def computed_by(rules: ComputedRules, tallies: Sequence[Tally], tick: int) -> Computed:
    """What the events of a customer come to, given of each of its records, after a tick."""
    present = max((tick, *(one.newest for one in tallies)))
    values: list[tuple[str, TraitValue | None]] = []
    dues: list[int] = []
    if len(tallies) == 1:
        values += [(trait.name, tallies[0].value(trait)) for trait in rules.ever]
    else:
        values += [(trait.name, _ever(trait, tallies)) for trait in rules.ever]
    for sharing in rules.windows:
        held = [one.seen.get(sharing.picker.number) for one in tallies]
        values += _windowed(sharing.traits, [one for one in held if one], present, dues)
    for ranked in rules.ranked:
        bought = [part for one in tallies if (part := one.bought.get(ranked.picker.number))]
        values += _standing(ranked.rankings, bought, present, dues) if bought else ()
    return Computed({name: value for name, value in values if value is not None}, min_of(dues))


def min_of(moments: Iterable[int | None]) -> int | None:
    """The first of these moments, if there is any."""
    return min((at for at in moments if at is not None), default=None)


def _ever(trait: ComputedTrait, tallies: Sequence[Tally]) -> TraitValue | None:
    parts = [part for one in tallies if (part := one.parts.get(trait.name)) is not None]
    return together(trait, parts) if parts else None


def _windowed(
    traits: Sequence[ComputedTrait], held: Sequence[Windowed], present: int, dues: list[int]
) -> Iterator[tuple[str, TraitValue | None]]:
    """What lies in a window comes to, by trait; notes when that is something else."""
    window = traits[0]
    span = span_of(window, present)
    # Also what is said to happen after a window of the calendar will lie in one.
    first = min_of(one.first_from(span.since) for one in held)
    if first is None:
        return
    dues.append(changes_at(window, span, first))
    seen = [one for part in held for one in part.within(span)]
    for trait in traits:
        yield trait.name, come_to(trait.kind, seen)


def _standing(
    rankings: Sequence[Ranking], bought: Sequence[Bought], present: int, dues: list[int]
) -> Iterator[tuple[str, TraitValue | None]]:
    """The quintiles of who bought this; notes when they may be others."""
    spending = spending_of(bought)
    for one in rankings:
        moment = one.looks_again(spending.keys(), present)
        if moment is not None:
            dues.append(moment)
        yield one.trait.name, one.quintile(spending, present)


class Tallies:
    """Tallies of records; what was used last is kept, so many values at most all together."""

    def __init__(self, most_held: int = _MOST_HELD) -> None:
        self._most_held = most_held
        self._held: OrderedDict[RecordKey, Tally] = OrderedDict()
        self._size = 0

    def held(self, keys: Iterable[RecordKey], rules: ComputedRules) -> dict[RecordKey, Tally]:
        """Those of these records that are held and were made by these rules."""
        found: dict[RecordKey, Tally] = {}
        for key in keys:
            tally = self._held.get(key)
            if tally is not None and tally.rules is rules:
                self._held.move_to_end(key)
                found[key] = tally
        return found

    def keep(self, made: Mapping[RecordKey, Tally]) -> None:
        """Hold these for those who come after."""
        for key, tally in made.items():
            self.forget([key])
            self._held[key] = tally
            self._size += tally.size
        while self._size > self._most_held:
            _, gone = self._held.popitem(last=False)
            self._size -= gone.size

    def add(self, event: Event) -> None:
        """An event that the store has kept under a name that it did not know."""
        tally = self._held.get(event.record)
        if tally is not None:
            before = tally.size
            tally.add(event)
            self._size += tally.size - before

    def forget(self, keys: Collection[RecordKey]) -> None:
        """Something was taken out of these."""
        for key in keys:
            gone = self._held.pop(key, None)
            self._size -= 0 if gone is None else gone.size

    def clear(self) -> None:
        """Hold nothing: somebody else may have changed a record."""
        self._held.clear()
        self._size = 0
