"""Computed traits of all events of a customer at once, read plainly: what incremental ones equal.

It shares with these what an event is seen as, what a window is and where quintiles begin, and adds
up its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from c360_kernel.calendar_spans import Span
from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.computing.kinds import Seen, come_to
from c360_kernel.computing.windows import MS_A_DAY, span_of
from c360_kernel.record import TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.computed.quintiles import measured
from c360_profile.domain.computed.rules import ComputedRules, Computing
from c360_profile.domain.event import Event
from c360_profile.domain.scores.history import Spending, spent_on_day
from c360_profile.domain.scores.quintiles import quintile


def computed_of(
    rules: ComputedRules, events: Iterable[Event], present: int
) -> dict[str, TraitValue]:
    """The computed traits of somebody with these events at a moment (ms UTC)."""
    counted = [event for event in events if event.name in rules.by_event]
    found: dict[str, TraitValue] = {}
    for name, computing in rules.by_name.items():
        span = span_of(computing.trait, present)
        seen = [one for one in seen_by(computing, counted) if _is_in(one, span)]
        value = _value(rules, computing.trait, seen, present)
        if value is not None:
            found[name] = value
    return found


def seen_by(computing: Computing, events: Iterable[Event]) -> list[Seen]:
    """What a computed trait sees of events, in their order; of others nothing."""
    own = (event for event in events if event.name in computing.trait.events)
    return [one for one in map(computing.picker.seen, own) if one is not None]


def spending_seen(seen: Iterable[Seen]) -> Spending:
    """What purchases that were seen come to by the day."""
    paid: dict[int, list[float]] = {}
    for one in seen:
        paid.setdefault(one.at // MS_A_DAY, []).append(cast(float, one.value))
    return {day: spent_on_day(amounts) for day, amounts in paid.items()}


def _value(
    rules: ComputedRules, trait: ComputedTrait, seen: Sequence[Seen], present: int
) -> TraitValue | None:
    if trait.of is None:
        return come_to(trait.kind, seen)
    cuts = rules.cuts.get(trait.name)
    value = None if cuts is None else measured(trait, spending_seen(seen), present)
    return None if cuts is None or value is None else quintile(cuts.points, value)


def present_of(rules: ComputedRules, events: Iterable[Event], tick: int) -> int:
    """The present of somebody: the last tick, or when its newest event that counts came in.

    So it follows from what came in and the last tick alone, and old events that come in late are
    out of a window at once, before any tick tells how late it is.
    """
    arrived = (stamp_ms(event.stamp) for event in events if event.name in rules.by_event)
    return max(arrived, default=0) if not tick else max((tick, *arrived))


def past_of(
    rules: ComputedRules, events: Iterable[Event], instant: int
) -> Mapping[str, TraitValue]:
    """The computed traits as of a past time (ms UTC): of what had happened by then."""
    return computed_of(rules, (one for one in events if one.occurred_at <= instant), instant)


def _is_in(one: Seen, span: Span) -> bool:
    after_begin = span.since is None or one.at >= span.since
    return after_begin and (span.until is None or one.at < span.until)
