"""Computed traits kept up event by event: parts per record, put together per customer.

A part stays with its record for ever, so that merging and un-merging customers moves exactly what
their events came to. It is nothing but a memory of the record's events, which the store keeps:
whoever has none, or had to take something out, reads them once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.computed.parts import Part, Windowed, new_part, together, within
from c360_profile.domain.computed.rules import ComputedRules, Computing
from c360_profile.domain.computed.windows import changes_at, span_of
from c360_profile.domain.event import Event

_MOST_HELD = 2_000_000


class Tally:
    """What the events of one record come to."""

    __slots__ = ("newest", "parts", "rules", "size")

    def __init__(self, rules: ComputedRules, events: Iterable[Event] = ()) -> None:
        self.rules = rules
        self.newest = 0
        self.size = 1
        self.parts: dict[str, Part] = {}
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """One more event of the record."""
        counting = self.rules.by_event.get(event.name)
        if counting is None:
            return
        self.newest = max(self.newest, stamp_ms(event.stamp))
        for computing in counting:
            seen = computing.seen(event)
            if seen is not None:
                self._part(computing).add(seen)
                self.size += 1

    def _part(self, computing: Computing) -> Part:
        name = computing.trait.name
        part = self.parts.get(name)
        if part is None:
            part = self.parts[name] = new_part(computing.trait)
        return part


class Computed(NamedTuple):
    """Computed traits, and when they change by themselves (ms UTC); None: never."""

    traits: Mapping[str, TraitValue]
    due: int | None


def computed_by(rules: ComputedRules, tallies: Sequence[Tally], tick: int) -> Computed:
    """What the events of a customer come to, given of each of its records, after a tick."""
    present = max((tick, *(one.newest for one in tallies)))
    traits: dict[str, TraitValue] = {}
    dues: list[int] = []
    for name, computing in rules.by_name.items():
        parts = [part for one in tallies if (part := one.parts.get(name)) is not None]
        if not parts:
            continue
        if computing.trait.is_windowed:
            value = _windowed(computing, cast("list[Windowed]", parts), present, dues)
        else:
            value = together(computing.trait, parts)
        if value is not None:
            traits[name] = value
    return Computed(traits, min(dues, default=None))


def _windowed(
    computing: Computing, parts: Sequence[Windowed], present: int, dues: list[int]
) -> TraitValue | None:
    """What lies in the window comes to; notes when that is something else."""
    trait = computing.trait
    span = span_of(trait, present)
    seen = [one for part in parts for one in part.within(span)]
    later = (part.first_from(span.since) for part in parts)
    # Also what is said to happen after a window of the calendar will lie in one.
    if (first := min((at for at in later if at is not None), default=None)) is not None:
        dues.append(changes_at(trait, span, first))
    return within(trait, seen)


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
