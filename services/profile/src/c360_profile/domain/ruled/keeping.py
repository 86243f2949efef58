"""How long a rule keeps a tag: from the past of the records that are a customer's today.

Nothing of that is stored. When a rule held last follows from what sources had observed and what had
happened by each moment, as `asOf` has it. So it is the same however entries were cut into batches,
after a replay, and once a merge was taken back; and what comes in late counts from when it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.computing.kinds import Seen, come_to
from c360_kernel.computing.windows import changes_at, span_of
from c360_kernel.record import RecordKey, TraitValue

from c360_profile.domain.computed.givers import Given, Giver, Known
from c360_profile.domain.computed.rules import Computing
from c360_profile.domain.computed.tallies import Tally, min_of
from c360_profile.domain.event import Event
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.revision import Revision, known_at

Said = Mapping[RecordKey, Sequence[Revision]]
"""All that records ever said."""
_NOTHING: Mapping[str, TraitValue] = {}


class Past:
    """What was known of a customer at each moment (ms UTC), by its records of today.

    `seen` is what its events come to, by the number of the picker, in the order in which it
    happened.
    """

    def __init__(self, rules: GoldenRules, seen: Mapping[int, Sequence[Seen]], said: Said) -> None:
        self._rules = rules
        self._seen = seen
        self._said = said
        self._observed = sorted({one.observed_at for held in said.values() for one in held})
        self._golden: dict[int, Mapping[str, TraitValue]] = {}

    def known(self, giver: Giver, instant: int) -> Known:
        """What of it a rule is on."""
        golden = self._golden_at(instant) if giver.needs_records else _NOTHING
        computed = {one.trait.name: self._come_to(one, instant) for one in giver.computing}
        there = {name: value for name, value in computed.items() if value is not None}
        return giver.staged({**golden, **there})

    def moments(self, giver: Giver) -> list[int]:
        """When that became something else, or will: from the first of which anything is known."""
        observed = self._observed if giver.needs_records else ()
        return sorted({*observed, *(at for one in giver.computing for at in self._changes(one))})

    def _changes(self, computing: Computing) -> Iterator[int]:
        trait = computing.trait
        for one in self._seen.get(computing.picker.number, ()):
            yield one.at
            if trait.is_windowed:
                yield changes_at(trait, span_of(trait, one.at), one.at)

    def _come_to(self, computing: Computing, instant: int) -> TraitValue | None:
        seen, span = self._seen.get(computing.picker.number, ()), span_of(computing.trait, instant)
        begin = 0 if span.since is None else bisect_left(seen, (span.since,))
        return come_to(computing.trait.kind, seen[begin : bisect_left(seen, (instant + 1,))])

    def _golden_at(self, instant: int) -> Mapping[str, TraitValue]:
        last = bisect_right(self._observed, instant)
        if last not in self._golden:
            said = self._said.items()
            parts = ((key, part) for key, held in said for part in known_at(held, instant))
            self._golden[last] = self._rules.traits(parts)
        return self._golden[last]


class Kept(NamedTuple):
    """What of a customer is kept by rules, and when that has to be looked at again (ms UTC)."""

    given: Mapping[str, Given]
    due: int | None


def kept_by(givers: Iterable[Giver], past: Past, present: int) -> Kept:
    """Of rules that do not hold now those that keep what they gave."""
    given: dict[str, Given] = {}
    dues: list[int | None] = []
    for giver in givers:
        moments = past.moments(giver)
        found = _kept(giver, past, moments, present)
        if found is not None:
            given[giver.tag] = found
            dues.append(found.until)
        dues += moments[bisect_right(moments, present) :][:1]
    return Kept(given, min_of(dues))


def _kept(giver: Giver, past: Past, moments: Sequence[int], present: int) -> Given | None:
    """From the last moment on backwards: where the rule held until less than so long ago."""
    keeps = giver.rule.keeps_ms or 0
    for number in reversed(range(bisect_right(moments, present))):
        end = moments[number + 1] if number + 1 < len(moments) else None
        if end is not None and end + keeps <= present:
            return None
        if giver.condition.holds(past.known(giver, moments[number])):
            return Given(giver, holds=False, until=None if end is None else end + keeps)
    return None


def seen_in(tallies: Sequence[Tally]) -> Mapping[int, Sequence[Seen]]:
    """What the events of a customer come to, given of each of its records."""
    held: dict[int, list[Seen]] = {}
    for tally in tallies:
        for number, windowed in tally.seen.items():
            held.setdefault(number, []).extend(windowed.seen)
    return {number: sorted(seen) for number, seen in held.items()}


def seen_of(rules: GoldenRules, events: Sequence[Event]) -> Mapping[int, Sequence[Seen]]:
    """The same, of all events at once."""
    pickers = {one.picker.number: one for one in rules.computed.by_name.values()}
    seen = {
        number: [one.picker.seen(event) for event in events if event.name in one.trait.events]
        for number, one in pickers.items()
    }
    return {number: sorted(one for one in held if one) for number, held in seen.items()}
