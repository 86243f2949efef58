"""What the service says on the `memberships` topic, and under which versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.size import fitting
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged
from c360_kernel.stamp import stamp_ms
from c360_kernel.version import Version

from c360_segment.domain.state import BEFORE_ANY, Membership
from c360_segment.store.port import SegmentUnit


class Cause(NamedTuple):
    """What an emitted entry inherits from the entry that caused it; `time` in ms UTC."""

    stamp: str
    time: int
    traceparent: str = ""


def latest_cause(unit: SegmentUnit) -> Cause:
    """The latest entry handled, for what no single entry causes."""
    return Cause(unit.latest, stamp_ms(unit.latest) if unit.latest else 0)


def next_version(last: Version, epoch: int) -> Version:
    """The version after `last`: greater than it in any epoch that is not older."""
    return Version(epoch, last.counter + 1)


def membership_entry(changed: MembershipChanged, cause: Cause) -> NewEntry:
    """The entry that tells a change."""
    made = NewEntry(
        topic=MEMBERSHIPS,
        key=changed.customer,
        id=f"{MEMBERSHIPS}:{changed.customer}/{changed.segment}:{changed.version}",
        type="c360.membership.changed.v1",
        source="c360/segment",
        subject=changed.customer,
        time=cause.time,
        stamp=cause.stamp,
        data=encode(changed),
        traceparent=cause.traceparent,
    )
    return fitting(made)


async def restate(unit: SegmentUnit, payloads: Sequence[MembershipChanged]) -> None:
    """Tell memberships anew under fresh versions, after a rebuild found them to differ."""
    versions = await unit.versions([(payload.customer, payload.segment) for payload in payloads])
    told_of = (await unit.definitions()).told_of
    cause, memberships = latest_cause(unit), dict[tuple[str, str], Membership]()
    for payload in payloads:
        before = versions.get((payload.customer, payload.segment), BEFORE_ANY)
        version = next_version(before, unit.epoch)
        anew = replace(
            payload,
            version=version,
            at=cause.time,
            why="restated after a rebuild",
            reads=told_of.get(payload.segment, ()),
            redefined=True,
        )
        memberships[payload.customer, payload.segment] = Membership(payload.member, version)
        unit.emit(membership_entry(anew, cause))
    await unit.keep_memberships(memberships)
