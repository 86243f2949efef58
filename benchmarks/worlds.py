"""Entries of a generated world, as a collector would append them, and when they are handled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from c360_kernel.catalog import Catalog
from c360_kernel.catalog.values import check_traits, trait_identifiers
from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import IDENTITIES, RECORDS
from c360_kernel.payload import RecordAssigned, RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import StampClock, stamp_ms
from c360_kernel.value_types import parse_instant

from c360_cli.generate import generate_world
from c360_cli.generate.world import WorldRecord

BATCH = 500


def record_entries(catalog: Catalog, count: int) -> list[NewEntry]:
    """`count` upserts of generated records, stamped."""
    world = generate_world(seed=1, customers=count // 2)
    clock = StampClock()
    records = islice(world.all_records(), count)
    return [entry_of(_payload(catalog, record), clock.next()) for record in records]


async def append_all(log: EventLog, entries: Sequence[NewEntry]) -> None:
    """Append in batches of 500."""
    for start in range(0, len(entries), BATCH):
        await log.append(entries[start : start + BATCH])


async def handled(log: EventLog, group: str, *topics: str) -> None:
    """Return once a group has handled these topics to their ends."""
    while True:
        committed, ends = await log.committed(group), await log.ends(topics)
        if all(committed.get(partition, 0) >= end for partition, end in ends.items()):
            return
        await log.changed(0.05)


async def golden(log: EventLog) -> None:
    """Return once identity handled all records and profile all that identity relayed."""
    await handled(log, "identity", RECORDS)
    await handled(log, "profile", IDENTITIES, RECORDS)


def _payload(catalog: Catalog, record: WorldRecord) -> RecordUpserted:
    traits = check_traits(catalog, record.traits).values
    entries = [Identifier(t, value) for t, values in record.identifiers.items() for value in values]
    return RecordUpserted(
        RecordKey(record.source, record.key),
        record.revision,
        parse_instant(record.observed_at),
        identifiers=(*entries, *trait_identifiers(catalog, traits)),
        traits=traits,
    )


def entry_of(payload: RecordUpserted | RecordAssigned, stamp: str) -> NewEntry:
    """What a collector appends for a record, or identity of whose it is."""
    is_said = isinstance(payload, RecordUpserted)
    return NewEntry(
        topic=RECORDS if is_said else IDENTITIES,
        key=str(payload.record),
        id=stamp,
        type="c360.record.upserted.v1" if is_said else "c360.record.assigned.v1",
        source="c360/benchmark",
        subject=str(payload.record),
        time=stamp_ms(stamp),
        stamp=stamp,
        data=encode(payload),
    )
