"""What identity says on `identities`: one entry per record whose customer changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from c360_kernel.codec import encode
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.size import fitting
from c360_kernel.log.topics import IDENTITIES
from c360_kernel.metrics import JOINS
from c360_kernel.payload import RecordAssigned
from c360_kernel.record import RecordKey
from c360_kernel.stamp import LENGTH, stamp_ms
from c360_kernel.version import Version

from c360_identity.domain.model import SourceRecord
from c360_identity.store.port import IdentityGraph, ResolutionChanges

TYPE = "c360.record.assigned.v1"
SOURCE = "c360/identity"
_NO_STAMP = "0" * LENGTH


class Brought(Protocol):
    """What is said of the entry that caused something."""

    @property
    def stamp(self) -> str:
        """Its stamp."""
        ...

    @property
    def time(self) -> int:
        """Its time, ms UTC."""
        ...

    @property
    def traceparent(self) -> str:
        """Its trace, "" for none."""
        ...


def assignment_entry(
    payload: RecordAssigned, time: int, stamp: str, traceparent: str = ""
) -> NewEntry:
    """The entry that states an assignment; equal assignments have equal ids."""
    key = str(payload.record)
    made = NewEntry(
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
    return fitting(made)


def state(
    graph: IdentityGraph,
    customer_id: CustomerIds,
    record: SourceRecord,
    left: RecordKey | None,
    cause: str,
    entry: Brought,
) -> None:
    """State the assignment of a record that was of the customer `left` before."""

    def named(seed: RecordKey | None) -> str:
        return "" if seed is None else customer_id(seed)

    version = Version(graph.epoch, record.version)
    payload = RecordAssigned(record.key, named(record.seed), version, named(left), cause)
    graph.emit(assignment_entry(payload, entry.time, entry.stamp, entry.traceparent))


def count_joins(assigned: Iterable[SourceRecord]) -> None:
    """Count the records that joined a customer of others."""
    joined = Counter(one.key.source for one in assigned if one.seed not in (None, one.key))
    for source, count in joined.items():
        JOINS.add(source, amount=count)


async def restate(graph: IdentityGraph, payloads: Sequence[RecordAssigned]) -> None:
    """State assignments, of each record one, anew under fresh versions.

    An entry carries the age of the record; of a record that the truth does not
    know, and that is only stated to be nobody's, it carries no time.
    """
    records = await graph.records({payload.record for payload in payloads})
    for record in records.values():
        record.version += 1
    await graph.resolve(ResolutionChanges(list(records.values()), [], {}))
    for payload in payloads:
        graph.emit(_restated(payload, records.get(payload.record), graph.epoch))


def _restated(payload: RecordAssigned, record: SourceRecord | None, epoch: int) -> NewEntry:
    if record is None:
        return assignment_entry(replace(payload, version=Version(epoch, 0)), 0, _NO_STAMP)
    stated = replace(payload, version=Version(epoch, record.version))
    return assignment_entry(stated, stamp_ms(record.age), record.age)
