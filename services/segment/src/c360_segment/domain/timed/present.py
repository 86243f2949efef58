"""The present of a customer, and its events by name.

The present is the later one of the last tick and the stamp of the newest event that is looked at:
it follows from the entries and the last tick alone. Without the stamp what is imported before the
first tick would count as of the last days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.stamp import stamp_ms

from c360_segment.domain.timed.happenings import Happened


def by_name(events: Iterable[Happened]) -> Mapping[str, Sequence[Happened]]:
    """Events of a customer by name, earliest first."""
    named: dict[str, list[Happened]] = {}
    for event in sorted(events, key=lambda one: one[:3]):
        named.setdefault(event.name, []).append(event)
    return named


def present_of(events: Mapping[str, Sequence[Happened]], tick: int) -> int:
    """The present (ms UTC) of a customer with these events, after a tick."""
    stamps = (stamp_ms(event.stamp) for named in events.values() for event in named)
    return max(tick, max(stamps, default=0))
