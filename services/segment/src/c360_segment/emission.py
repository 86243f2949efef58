"""What the service says on the `memberships` topic, and under which versions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.size import fitting
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged, Payload
from c360_kernel.stamp import stamp_ms
from c360_kernel.version import Version

from c360_segment.domain.state import NEVER_A_MEMBER, Standing

if TYPE_CHECKING:
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


async def restate(unit: SegmentUnit, payload: Payload) -> None:
    """Tell a membership anew under a fresh version, after a rebuild found it to differ."""
    told = cast("MembershipChanged", payload)
    customers = await unit.customers([told.customer])
    held = customers[told.customer].standings if told.customer in customers else {}
    before = held.get(told.segment, NEVER_A_MEMBER)
    version = next_version(before.version, unit.epoch)
    cause = latest_cause(unit)
    anew = replace(told, version=version, at=cause.time, why="restated after a rebuild")
    await unit.stand({(told.customer, told.segment): Standing(told.member, version)})
    unit.emit(membership_entry(anew, cause))
