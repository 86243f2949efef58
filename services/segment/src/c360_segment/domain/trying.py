"""What conditions over time mean, by trying every event: for the batch evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from c360_kernel.accounts.links import Link
from c360_kernel.calendar_spans import calendar_span
from c360_kernel.conditions import tree
from c360_kernel.conditions.tree import All, AnyOf, Not
from c360_kernel.record import RecordKey, TraitValue

from c360_segment.domain.leaves import Over
from c360_segment.domain.past import Profiled
from c360_segment.domain.state import SeenEvent
from c360_segment.domain.timed.acting import AccountLeaf, AccountTest, Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.happenings import Happening
from c360_segment.domain.timed.held import Held, Lot, PastLeaf, Valued
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered, Step
from c360_segment.domain.timed.window import Window
from c360_segment.domain.turning import turns_of


class Life(NamedTuple):
    """A customer's present (ms UTC), golden traits, events, in any order, who it is, its links to
    accounts, the traits of these by the record that a link names, and all profiles that were told
    of it, and of each that once ended as a part of it."""

    now: int
    traits: Mapping[str, TraitValue]
    events: Sequence[SeenEvent]
    customer: str
    links: Sequence[Link] = ()
    accounts: Mapping[RecordKey, Mapping[str, TraitValue]] = {}
    told: Sequence[Profiled] = ()
    joined: Sequence[Sequence[Profiled]] = ()

    def chosen(self, happening: Happening) -> list[SeenEvent]:
        """The events that are meant."""
        return [
            one
            for one in self.events
            if one.name == happening.event
            and happening.source in ("", one.record.source)
            and all(test.holds(one.properties) for test in happening.where)
        ]

    def within(self, window: Window, happening: Happening) -> list[SeenEvent]:
        """Those of them in a window."""
        return [one for one in self.chosen(happening) if _is_within(window, one.at, self.now)]


def was_so(over: Over, life: Life) -> bool:
    """Whether a condition over time holds of a customer."""
    match over:
        case Measured():
            return _is_measured(over, life)
        case Ordered(first, window, steps, absent):
            begun = life.within(window, first)
            return any(_goes_on(one, steps, absent, life) for one in begun)
        case Regular():
            return _is_regular(over, life)
        case RelativeDate():
            return _is_beside(over, life)
        case Acting(kind, role, where):
            now, ends = life.now, [one.until or life.now + 1 for one in life.links]
            pairs = zip(life.links, ends, strict=True)
            held = [one for one, end in pairs if one.since <= now < end]
            meant = [one for one in held if kind in ("", one.kind) and role in ("", one.role)]
            return any(where is None or _is_of(where, one, life) for one in meant)
        case Held(inner, length_ms):
            since, until = life.now - length_ms, life.now
            times = list(_times(inner, life))
            moments = {since, until, *turns_of(inner, times, since, until)}
            lives = (_then(life, at) for at in moments if since <= at <= until)
            return all(_was_all_so(inner, then) for then in lives)


def _was_all_so(condition: tree.Condition[PastLeaf], life: Life) -> bool:
    match condition:
        case All(parts):
            return all(_was_all_so(part, life) for part in parts)
        case AnyOf(parts):
            return any(_was_all_so(part, life) for part in parts)
        case Not(part):
            return not _was_all_so(part, life)
        case Lot(lot):
            return lot.draws(life.customer)
        case Valued(test):
            return test.holds(life.traits)
        case _:
            return was_so(condition, life)


def _is_of(where: tree.Condition[AccountLeaf], link: Link, life: Life) -> bool:
    match where:
        case All(parts):
            return all(_is_of(part, link, life) for part in parts)
        case AnyOf(parts):
            return any(_is_of(part, link, life) for part in parts)
        case Not(part):
            return not _is_of(part, link, life)
        case AccountTest(_, spelled):
            return spelled.holds(life.accounts.get(link.account, {}))
        case _:
            return _is_beside(where, life._replace(traits=life.accounts.get(link.account, {})))


def _then(life: Life, at: int) -> Life:
    events = [one for one in life.events if one.at <= at]
    own = at
    while began := [since for since, until in _merged(life) if since <= own < until]:
        own = min(began) - 1
    said = [one.profile for one in life.told if one.profile.live and one.at <= own]
    last = max(said, default=None, key=lambda one: one.version)
    return life._replace(now=at, events=events, traits=last.traits if last else {})


def _merged(life: Life) -> Iterator[tuple[int, int]]:
    """When others were a part of the customer that are not any more."""
    for told in life.joined:
        own = sorted(told, key=lambda one: one.profile.version)
        for number, one in enumerate(own):
            was_part = number > 0 and _is_part(own[number - 1], life)
            if was_part or not _is_part(one, life):
                continue
            after = next((other for other in own[number:] if not _is_part(other, life)), None)
            if after is not None and after.profile.live:
                yield one.at, after.at


def _is_part(one: Profiled, life: Life) -> bool:
    return not one.profile.live and one.successor == life.customer


def _times(inner: tree.Condition[PastLeaf], life: Life) -> Iterator[int]:
    """All moments that something of a customer's past has."""
    yield from (one.at for one in life.events)
    yield from (one.at for told in (life.told, *life.joined) for one in told)
    yield from (at for one in life.links for at in (one.since, one.until))
    known = [life.traits, *(one.profile.traits for one in life.told)]
    for leaf in tree.leaves(inner):
        if isinstance(leaf, Held):
            yield from _times(leaf.inner, life)
        if isinstance(leaf, RelativeDate):
            dates = (_instant(traits.get(leaf.trait)) for traits in known)
            yield from (round(date) for date in dates if date is not None)


def _is_within(window: Window, at: int, now: int) -> bool:
    age = now - at
    if window.this is not None:
        here = calendar_span(window.this, window.zone, now)
        return calendar_span(window.this, window.zone, at) == here
    is_new = window.last_ms is None or age < window.last_ms
    return is_new and (window.until_ms is None or age >= window.until_ms)


def _is_measured(over: Measured, life: Life) -> bool:
    events = life.within(over.window, over.happening)
    values = [one.properties.get(over.looks_at) for one in events]
    numbers = [
        Fraction(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    found: Mapping[str, Fraction | None] = {
        "count": Fraction(len(events)),
        "sum": Fraction(float(sum(numbers))),
        "average": Fraction(float(sum(numbers)) / len(numbers)) if numbers else None,
        "min": min(numbers, default=None),
        "max": max(numbers, default=None),
    }
    value = found[over.measure]
    if value is None:
        return False
    is_enough = over.at_least is None or value >= over.at_least
    return is_enough and (over.at_most is None or value <= over.at_most)


def _goes_on(event: SeenEvent, steps: Sequence[Step], absent: Step | None, life: Life) -> bool:
    if steps:
        following = [
            one for one in life.chosen(steps[0].happening) if _follows(one, event, steps[0])
        ]
        return any(_goes_on(one, steps[1:], absent, life) for one in following)
    if absent is None:
        return True
    if event.at + absent.within_ms > life.now:
        return False
    return not any(_follows(one, event, absent) for one in life.chosen(absent.happening))


def _follows(event: SeenEvent, before: SeenEvent, step: Step) -> bool:
    pairs = [(event.properties.get(name), before.properties.get(name)) for name in step.same]
    is_same = all(one is not None and one == other for one, other in pairs)
    return is_same and before.at < event.at <= before.at + step.within_ms


def _is_regular(over: Regular, life: Life) -> bool:
    last = calendar_span(over.every, over.zone, life.now)
    before = calendar_span(over.every, over.zone, (last.since or 0) - 1)
    values = {one.properties.get(over.same) if over.same else None for one in life.events}
    return any(
        _days(over, life, value, end.since or 0) >= over.at_least
        for end in (last, before)
        for value in (values - {None} if over.same else {None})
    )


def _days(over: Regular, life: Life, value: TraitValue | None, since: int) -> int:
    """In how many of the parts of the calendar that end with this one something happened."""
    found = 0
    for _ in range(over.periods):
        span = calendar_span(over.every, over.zone, since)
        found += any(
            calendar_span(over.every, over.zone, one.at) == span
            and (value is None or one.properties.get(over.same) == value)
            for one in life.chosen(over.happening)
        )
        since = (span.since or 0) - 1
    return found


def _is_beside(over: RelativeDate, life: Life) -> bool:
    date = _instant(life.traits.get(over.trait))
    if date is None or not life.now:
        return False
    now, length = life.now, over.length_ms
    return {
        "within_last": now - length < date <= now,
        "within_next": now < date <= now + length,
        "before_last": date <= now - length,
        "after_next": date > now + length,
    }[over.beside]


def _instant(value: TraitValue | None) -> float | None:
    """A moment, or the midnight in UTC in which a day begins, in ms UTC."""
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}T00:00:00Z").timestamp() * 1000
    assert value is None or isinstance(value, int)
    return value
