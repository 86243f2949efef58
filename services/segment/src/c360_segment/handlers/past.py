"""Keeps what profiles tell of what segments ask the past of, and says whose past it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_segment.domain.changes import Change
from c360_segment.domain.past import PAST, Past, Telling, worth_keeping
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import CustomerState
from c360_segment.emission import Cause
from c360_segment.handlers.incoming import Incoming
from c360_segment.store.port import SegmentUnit

PAST_CHANGED = Change(traits=frozenset({PAST}))


class NewPast(NamedTuple):
    """What is to be kept, by customer, and whose past is another, by what entry."""

    kept: Mapping[str, Sequence[Telling]]
    touched: Mapping[str, Cause]


async def new_past(
    unit: SegmentUnit, segments: Segments, incoming: Incoming, known: Mapping[str, CustomerState]
) -> NewPast:
    """What the profiles of a batch add to the past of customers, where segments ask for it.

    Whoever ended as a part of another changes that one's past, too, when it comes back.
    """
    if not segments.recalled or not incoming.profiled:
        return NewPast({}, {})
    held = await unit.past(incoming.profiled.keys())
    kept: dict[str, Sequence[Telling]] = {}
    touched: dict[str, Cause] = {}
    for customer, told in incoming.profiled.items():
        before, own = known.get(customer), held.get(customer, Past()).told
        profile = before.profile if before else None
        found = list(worth_keeping(profile, own, told, segments.recalled))
        if found:
            kept[customer] = found
            successors = {one.successor for one in (*own, *found)} - {""}
            cause = incoming.customer_causes[customer]
            touched |= dict.fromkeys((customer, *sorted(successors)), cause)
    return NewPast(kept, touched)
