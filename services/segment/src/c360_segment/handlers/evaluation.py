"""Decides again who is in which segment, and tells what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from c360_kernel.payload import MembershipChanged

from c360_segment.domain.leaves import Facts
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import NEVER_A_MEMBER, CustomerState, Membership
from c360_segment.domain.timed.present import by_name, present_of
from c360_segment.domain.wording import reasons
from c360_segment.emission import Cause, membership_entry, next_version
from c360_segment.store.port import SegmentUnit


async def evaluate(
    unit: SegmentUnit,
    segments: Segments,
    touched: Mapping[str, Cause],
    before: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    """Look at these customers again; keep and emit each membership that is no longer the same.

    `before` is what segments told of until now, where they are others now.
    """
    states = await unit.customers(touched.keys())
    facts = await _facts(unit, segments, states)
    changed: dict[tuple[str, str], Membership] = {}
    for customer, state in states.items():
        cause, known = touched[customer], facts.get(customer)
        for segment, (member, version) in _changes(segments, state, known, unit.epoch):
            changed[customer, segment] = Membership(member, version)
            said = cause.time, _why(segments, known, segment), _told_of(segments, before, segment)
            redefined = before is not None
            published = MembershipChanged(customer, segment, version, member, *said, redefined)
            unit.emit(membership_entry(published, cause))
    await unit.keep_memberships(changed)


async def _facts(
    unit: SegmentUnit, segments: Segments, states: Mapping[str, CustomerState]
) -> Mapping[str, Facts]:
    """What is known of those of these customers who are live.

    Has each looked at again when something changes by itself.
    """
    live = {c: s.profile for c, s in states.items() if s.profile is not None and s.profile.live}
    happened = await unit.happened(live.keys(), segments.watched) if segments.watched else {}
    tick = await unit.present() if segments.timed else 0
    facts: dict[str, Facts] = {}
    for customer, profile in live.items():
        events = by_name(happened.get(customer, ()))
        known = Facts(
            profile.traits, states[customer].counts, events, present_of(events, tick), customer
        )
        facts[customer] = known
        due = segments.next_change(known)
        if due is not None:
            unit.schedule(due, customer)
    return facts


def _changes(
    segments: Segments, state: CustomerState, known: Facts | None, epoch: int
) -> Iterator[tuple[str, Membership]]:
    """In the order of names, so that the emitted entries do not depend on set order."""
    holding = segments.holding(known) if known else frozenset[str]()
    inside = {segment for segment, held in state.memberships.items() if held.member}
    for segment in sorted(holding ^ inside):
        before = state.memberships.get(segment, NEVER_A_MEMBER)
        yield segment, Membership(segment in holding, next_version(before.version, epoch))


def _told_of(
    segments: Segments, before: Mapping[str, tuple[str, ...]] | None, segment: str
) -> tuple[str, ...]:
    """Who leaves because a condition is another one was in by the one before."""
    now = segments.told_of.get(segment, ())
    return tuple(sorted({*now, *(before or {}).get(segment, ())}))


def _why(segments: Segments, known: Facts | None, segment: str) -> str:
    if known is None:
        return "customer ended"
    if segment not in segments.by_name:
        return "segment no longer defined"
    return "; ".join(reasons(segments.by_name[segment].condition, known))
