"""What identity says on `identities`: one entry per record whose customer changed."""

from __future__ import annotations

from dataclasses import replace

from c360_kernel.codec import encode
from c360_kernel.log.entry import IDENTITIES, NewEntry
from c360_kernel.payload import RecordAssigned
from c360_kernel.stamp import LENGTH, stamp_ms
from c360_kernel.version import Version

from c360_identity.store.port import IdentityGraph, ResolutionChanges

TYPE = "c360.record.assigned.v1"
SOURCE = "c360/identity"
_NO_STAMP = "0" * LENGTH


def assignment_entry(
    payload: RecordAssigned, time: int, stamp: str, traceparent: str = ""
) -> NewEntry:
    """The entry that states an assignment; equal assignments have equal ids."""
    key = str(payload.record)
    return NewEntry(
        topic=IDENTITIES,
        key=key,
        id=f"{IDENTITIES}:{key}:{payload.version}",
        type=TYPE,
        source=SOURCE,
        subject=key,
        time=time,
        stamp=stamp,
        data=encode(payload),
        traceparent=traceparent,
    )


async def restate(graph: IdentityGraph, payload: RecordAssigned) -> None:
    """State an assignment anew under a fresh version.

    The entry carries the age of the record; of a record that the truth does not
    know, and that is only stated to be nobody's, it carries no time.
    """
    record = (await graph.records([payload.record])).get(payload.record)
    if record is None:
        stated = replace(payload, version=Version(graph.epoch, 0))
        graph.emit(assignment_entry(stated, 0, _NO_STAMP))
        return
    record.version += 1
    await graph.resolve(ResolutionChanges([record], [], {}))
    stated = replace(payload, version=Version(graph.epoch, record.version))
    graph.emit(assignment_entry(stated, stamp_ms(record.age), record.age))
