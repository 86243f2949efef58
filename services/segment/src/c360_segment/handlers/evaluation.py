"""Decides again who is in which segment, and tells what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from c360_kernel.payload import MembershipChanged

from c360_segment.domain.leaves import Facts
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import NEVER_A_MEMBER, CustomerState, Membership
from c360_segment.domain.wording import reasons
from c360_segment.emission import Cause, membership_entry, next_version
from c360_segment.store.port import SegmentUnit


async def evaluate(unit: SegmentUnit, segments: Segments, touched: Mapping[str, Cause]) -> None:
    """Look at these customers again; keep and emit each membership that is no longer the same."""
    states = await unit.customers(touched.keys())
    changed: dict[tuple[str, str], Membership] = {}
    for customer, state in states.items():
        cause = touched[customer]
        for segment, (member, version) in _changes(segments, state, unit.epoch):
            changed[customer, segment] = Membership(member, version)
            why = _why(segments, state, segment)
            published = MembershipChanged(customer, segment, version, member, cause.time, why)
            unit.emit(membership_entry(published, cause))
    await unit.keep_memberships(changed)


def _changes(
    segments: Segments, state: CustomerState, epoch: int
) -> Iterator[tuple[str, Membership]]:
    """In the order of names, so that the emitted entries do not depend on set order."""
    holding = _holding(segments, state)
    inside = {segment for segment, held in state.memberships.items() if held.member}
    for segment in sorted(holding ^ inside):
        before = state.memberships.get(segment, NEVER_A_MEMBER)
        yield segment, Membership(segment in holding, next_version(before.version, epoch))


def _holding(segments: Segments, state: CustomerState) -> frozenset[str]:
    if state.profile is None or not state.profile.live:
        return frozenset()
    return segments.holding(Facts(state.profile.traits, state.counts))


def _why(segments: Segments, state: CustomerState, segment: str) -> str:
    if state.profile is None or not state.profile.live:
        return "customer ended"
    if segment not in segments.by_name:
        return "segment no longer defined"
    facts = Facts(state.profile.traits, state.counts)
    return "; ".join(reasons(segments.by_name[segment].condition, facts))
