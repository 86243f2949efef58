"""What a test found: the value it read, the events it met and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import pascal
from c360_kernel.catalog.reads import coordinates_read, named_by
from c360_kernel.record import TraitValue

from c360_segment.domain.explained.nodes import Definition
from c360_segment.domain.leaves import (
    Drawn,
    EventCount,
    EventPattern,
    Facts,
    Leaf,
    Over,
    Timed,
    TraitTest,
)
from c360_segment.domain.timed.acting import Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.timed.held import Held
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered


class Evidence(NamedTuple):
    """What a test read: a trait and its value (None: absent); or how many events or links are
    meant, when the first and the last of them happened (ms UTC), and what their measure comes to;
    or the events of a sequence, in their order; or since when it has been so and from when on that
    is long enough (ms UTC; None of what is not so, or was always)."""

    trait: str = ""
    value: TraitValue | None = None
    counted: int | None = None
    measured: float | None = None
    first: int | None = None
    last: int | None = None
    sequence: Sequence[Happened] = ()
    since: int | None = None
    holds_from: int | None = None


def read_for_evidence(definition: Definition, catalog: Catalog) -> frozenset[str]:
    """The coordinates that the evidence of a leaf tells of: all it reads, and when events were."""
    read = coordinates_read(definition, catalog)
    steps = [*definition.get("then", ()), definition.get("then_not", {}), definition]
    named = [*(step["event"] for step in steps if "event" in step), *named_by(definition, "event")]
    return read | {f"{pascal(event)}.occurredAt" for event in named}


def evidence_of(leaf: Leaf, facts: Facts) -> Evidence | None:
    """The evidence of a leaf; None of one that reads nothing that can be shown."""
    match leaf:
        case TraitTest(test):
            return Evidence(trait=test.name, value=facts.traits.get(test.name))
        case EventCount(pattern):
            return _of_events(_matching(pattern, facts.events))
        case Timed(over):
            return _over_time(over, facts)
        case Drawn():
            return None


def _over_time(over: Over, facts: Facts) -> Evidence:
    match over:
        case Acting():
            return Evidence(counted=len(over.among(facts.moment)))
        case RelativeDate(trait):
            return Evidence(trait=trait, value=facts.traits.get(trait))
        case Ordered():
            return Evidence(sequence=over.found(facts.moment))
        case Regular():
            return _of_events(over.looked_at(facts.moment))
        case Held():
            since = over.since(facts.moment)
            holds_from = None if since is None else since + over.length_ms
            return Evidence(since=since, holds_from=holds_from)
        case Measured():
            met = list(over.window.of(over.happening.among(facts.moment), facts.now))
            return _of_events(met)._replace(measured=over.value(facts.moment))


def _matching(
    pattern: EventPattern, events: Mapping[str, Sequence[Happened]]
) -> Sequence[Happened]:
    found = events.get(pattern.event, ())
    return [one for one in found if pattern.matches(one.name, one.properties)]


def _of_events(events: Sequence[Happened]) -> Evidence:
    times = [one.at for one in events]
    first, last = min(times, default=None), max(times, default=None)
    return Evidence(counted=len(events), first=first, last=last)
