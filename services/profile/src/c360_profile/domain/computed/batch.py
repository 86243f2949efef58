"""Computed traits of all events of a customer at once, read plainly: what incremental ones equal.

It shares with these what an event is seen as and what a window is, and adds up its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from c360_kernel.calendar_spans import Span
from c360_kernel.computing.kinds import Seen, come_to
from c360_kernel.computing.windows import span_of
from c360_kernel.record import TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.event import Event


def computed_of(
    rules: ComputedRules, events: Iterable[Event], present: int
) -> dict[str, TraitValue]:
    """The computed traits of somebody with these events at a moment (ms UTC)."""
    counted = [event for event in events if event.name in rules.by_event]
    found: dict[str, TraitValue] = {}
    for name, computing in rules.by_name.items():
        span = span_of(computing.trait, present)
        own = [event for event in counted if event.name in computing.trait.events]
        seen = [
            one for one in map(computing.picker.seen, own) if one is not None and _is_in(one, span)
        ]
        if (value := come_to(computing.trait.kind, seen)) is not None:
            found[name] = value
    return found


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
