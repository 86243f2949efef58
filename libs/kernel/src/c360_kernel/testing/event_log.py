"""The contract of every EventLog adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, NewEntry, Partition, partition_of
from c360_kernel.log.port import Consumer, EventLog, Lease
from c360_kernel.log.retention import Retention
from c360_kernel.log.size import MAX_ENTRY_BYTES, POLL_BYTES, size_of
from c360_kernel.log.topics import EVENTS, INBOX, RECORDS
from c360_kernel.testing.entries import record_entry

OpenLog = Callable[[], EventLog]
PATIENCE_S = 60
"""How long anything may take: the groups of a server need seconds to deal out partitions."""


class ProjectedEntries:
    """What handled entries leave behind, shared by the members of a group as a store is.

    `take` is what a store's unit of work does: entries that stand before the
    position are known, one that stands after it would be a loss.
    """

    def __init__(self) -> None:
        self.positions: dict[Partition, int] = {}
        self.taken: list[Entry] = []

    async def start(self) -> Mapping[Partition, int]:
        """Where to read on."""
        return dict(self.positions)

    def take(self, entries: Sequence[Entry]) -> None:
        """Handle entries that have not been handled."""
        for entry in entries:
            partition = entry.topic_partition
            position = self.positions.get(partition, 0)
            assert entry.offset <= position
            if entry.offset == position:
                self.positions[partition] = position + 1
                self.taken.append(entry)


def entry_of_size(size: int) -> NewEntry:
    """An entry of this many bytes, as every log counts them; its texts are not all ASCII."""
    entry = replace(record_entry("王小明" * 100), data=b"")
    return replace(entry, data=b"x" * (size - size_of(entry)))


async def _from_the_beginning() -> Mapping[Partition, int]:
    return {}


async def drain(consumer: Consumer, at_least: int) -> list[Entry]:
    """Poll until so many entries came, or fail after `PATIENCE_S`."""
    found: list[Entry] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < at_least:
            found.extend(await consumer.poll(100, 0.2))
    return found


class EventLogContract:
    """Subclass and override `open_log`: each call opens the same log once more.

    `forgets`: what is kept for a while goes where it is too much.
    """

    forgets = True

    @pytest.fixture
    def open_log(self) -> OpenLog:
        """Open the log under test."""
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def log(self, open_log: OpenLog) -> AsyncIterator[EventLog]:
        """The log under test, closed after the test."""
        log = open_log()
        yield log
        await log.close()

    async def test_append_gives_positions_that_read_back(self, log: EventLog) -> None:
        entries = [record_entry(f"k{n}") for n in range(20)]
        positions = await log.append(entries)
        for entry, position in zip(entries, positions, strict=True):
            partition = position.topic_partition
            (held,) = await log.read(partition, position.offset, 1)
            assert (held.id, held.key, held.stamp, held.data) == (
                entry.id,
                entry.key,
                entry.stamp,
                entry.data,
            )

    async def test_a_key_keeps_its_partition_and_order(self, log: EventLog) -> None:
        positions = await log.append([record_entry("same", revision=n) for n in range(5)])
        assert {p.partition for p in positions} == {partition_of("crm/same", 3)}
        offsets = [p.offset for p in positions]
        assert offsets == list(range(offsets[0], offsets[0] + 5))

    async def test_it_is_one_log_for_whoever_opens_it_and_knows_its_highest_stamp(
        self, log: EventLog, open_log: OpenLog
    ) -> None:
        before = await log.identity()
        assert (len(before.origin.log), before.origin.instance) == (32, "")
        entries = [record_entry(f"k{n}") for n in range(9)]
        await log.append(entries[5:])
        await log.append(entries[:5])
        again = open_log()
        found = await again.identity()
        assert found.origin == before.origin
        assert found.stamp == max(entry.stamp for entry in entries)
        await again.close()

    async def test_empty_append_is_nothing(self, log: EventLog) -> None:
        before = await log.ends([RECORDS])
        assert list(await log.append([])) == []
        assert await log.ends([RECORDS]) == before

    async def test_the_largest_entry_is_taken_and_a_larger_one_is_not(self, log: EventLog) -> None:
        largest = entry_of_size(MAX_ENTRY_BYTES)
        (at,) = await log.append([largest])
        (held,) = await log.read(at.topic_partition, at.offset, 1)
        assert held.data == largest.data
        with pytest.raises(Invalid) as refused:
            await log.append([record_entry("small"), entry_of_size(MAX_ENTRY_BYTES + 1)])
        assert refused.value.code == "ENTRY_TOO_LARGE"
        assert sum((await log.ends([RECORDS])).values()) == 1

    async def test_of_large_entries_fewer_are_polled_and_none_is_left_out(
        self, log: EventLog
    ) -> None:
        large, small = 900_000, 20
        entries = [replace(record_entry(f"k{n}"), data=b"x" * large) for n in range(24)]
        entries += [record_entry(f"s{n}") for n in range(small)]
        for at in range(0, len(entries), 4):
            await log.append(entries[at : at + 4])
        consumer = log.consumer("large", [RECORDS], _from_the_beginning)
        found: list[Entry] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(found) < len(entries):
                polled = await consumer.poll(100, 0.2)
                assert sum(len(one.data) for one in polled) < POLL_BYTES + large
                found.extend(polled)
        await consumer.close()
        assert sorted(one.id for one in found) == sorted(one.id for one in entries)

    async def test_what_is_kept_for_a_while_tells_how_full_it_is(self, log: EventLog) -> None:
        entries = [replace(record_entry("k"), topic=INBOX, data=b"x" * 10_000) for _ in range(12)]
        positions = await log.append(entries)
        place = Partition(INBOX, positions[0].partition)
        first = positions[0].offset
        held = [await log.holding(place, first + n) for n in (0, 6, 12)]
        if not self.forgets:
            assert held == [None] * 3
            return
        assert [h and h.bytes for h in held] == [
            pytest.approx(n * 10_000, rel=0.1) for n in (12, 6, 0)
        ]
        assert {h and h.most for h in held} == {Retention().share(3)}
        of_truth = await log.holding(Partition(RECORDS, 0), 0)
        assert of_truth is None

    async def test_unicode_keys(self, log: EventLog) -> None:
        (position,) = await log.append([record_entry("王小明/ß")])
        (held,) = await log.read(Partition(RECORDS, position.partition), position.offset, 1)
        assert held.key == "crm/王小明/ß"

    async def test_ends_count_what_was_appended(self, log: EventLog) -> None:
        await log.append([record_entry(f"k{n}") for n in range(30)])
        ends = await log.ends([RECORDS, EVENTS])
        assert sum(n for p, n in ends.items() if p.topic == RECORDS) == 30
        assert {p for p in ends if p.topic == EVENTS} == {Partition(EVENTS, n) for n in range(3)}

    async def test_consumer_sees_every_entry_in_order_per_partition(self, log: EventLog) -> None:
        await log.append([record_entry(f"k{n}") for n in range(50)])
        consumer = log.consumer("g", [RECORDS], _from_the_beginning)
        found = await drain(consumer, 50)
        for number in range(3):
            offsets = [e.offset for e in found if e.partition == number]
            assert offsets == list(range(len(offsets)))
        assert await consumer.poll(10, 0.05) == [] or not await consumer.poll(10, 0.05)
        await consumer.close()

    async def test_consumer_starts_where_the_projection_says(self, log: EventLog) -> None:
        await log.append([record_entry("same", revision=n) for n in range(5)])
        partition = Partition(RECORDS, partition_of("crm/same", 3))

        async def start() -> Mapping[Partition, int]:
            return {partition: 3}

        consumer = log.consumer("g", [RECORDS], start)
        assert [e.offset for e in await drain(consumer, 2)] == [3, 4]
        await consumer.close()

    async def test_rewind_reads_again(self, log: EventLog) -> None:
        await log.append([record_entry("a")])
        consumer = log.consumer("g", [RECORDS], _from_the_beginning)
        first = await drain(consumer, 1)
        await consumer.rewind()
        assert [e.id for e in await drain(consumer, 1)] == [e.id for e in first]
        await consumer.close()

    async def test_a_waiting_consumer_is_woken(self, log: EventLog) -> None:
        consumer = log.consumer("g", [RECORDS], _from_the_beginning)
        waiting = asyncio.create_task(drain(consumer, 1))
        await asyncio.sleep(0.05)
        await log.append([record_entry("a")])
        assert len(await waiting) == 1
        await consumer.close()

    async def test_two_members_lose_and_double_nothing(self, log: EventLog) -> None:
        projection = ProjectedEntries()
        first = log.consumer("g", [RECORDS], projection.start)
        second = log.consumer("g", [RECORDS], projection.start)
        appended = [record_entry(f"k{n}") for n in range(30)]
        await log.append(appended)
        async with asyncio.timeout(PATIENCE_S):
            while len(projection.taken) < 30:
                projection.take(await first.poll(7, 0.01))
                projection.take(await second.poll(7, 0.01))
        assert sorted(e.id for e in projection.taken) == sorted(e.id for e in appended)
        await first.close()
        await second.close()

    async def test_one_member_at_a_time_reads_a_partition(self, log: EventLog) -> None:
        await log.append([record_entry("same", revision=n) for n in range(5)])
        first = log.consumer("g", [RECORDS], _from_the_beginning)
        second = log.consumer("g", [RECORDS], _from_the_beginning)
        found = await drain(first, 1)
        # What the first has in its hands is not dealt to the second meanwhile.
        assert list(await second.poll(5, 0.5)) == []
        assert found[0].offset == 0
        await first.close()
        await second.close()

    async def test_the_next_member_takes_over(self, log: EventLog) -> None:
        projection = ProjectedEntries()
        first = log.consumer("g", [RECORDS], projection.start)
        await log.append([record_entry("same")])
        projection.take(await drain(first, 1))
        second = log.consumer("g", [RECORDS], projection.start)
        await first.close()
        await log.append([record_entry("same", revision=2)])
        projection.take(await drain(second, 1))
        assert [e.offset for e in projection.taken] == [0, 1]
        await second.close()

    async def test_who_takes_over_starts_where_the_projection_is(self, log: EventLog) -> None:
        await log.append([record_entry("same", revision=n) for n in range(5)])
        first = log.consumer("g", [RECORDS], _from_the_beginning)
        await drain(first, 5)
        await first.close()
        second = log.consumer("g", [RECORDS], _from_the_beginning)
        assert len(await drain(second, 5)) == 5
        await second.close()

    async def test_groups_do_not_disturb_each_other(self, log: EventLog) -> None:
        await log.append([record_entry("a")])
        one = log.consumer("g1", [RECORDS], _from_the_beginning)
        other = log.consumer("g2", [RECORDS], _from_the_beginning)
        assert len(await drain(one, 1)) == len(await drain(other, 1)) == 1
        await one.close()
        await other.close()

    async def test_progress_is_told_to_everybody(self, log: EventLog, open_log: OpenLog) -> None:
        consumer = log.consumer("g", [RECORDS], _from_the_beginning)
        await consumer.poll(1, 0)
        await consumer.commit({Partition(RECORDS, 1): 7})
        assert (await log.committed("g"))[Partition(RECORDS, 1)] == 7
        assert await log.committed("nobody") == {}
        await consumer.close()

    async def test_a_lease_has_one_holder_and_passes_on(self, log: EventLog) -> None:
        first, second = log.lease("leader"), log.lease("leader")
        await _until_held(first)
        assert not await second.held()
        await first.close()
        await _until_held(second)
        await second.close()

    async def test_leases_of_other_names_are_free(self, log: EventLog) -> None:
        first, second = log.lease("one"), log.lease("other")
        await _until_held(first)
        await _until_held(second)
        await first.close()
        await second.close()

    async def test_concurrent_appends_lose_and_double_nothing(self, log: EventLog) -> None:
        async def appends(writer: int) -> None:
            for n in range(10):
                await log.append([record_entry(f"{writer}-{n}-{k}") for k in range(3)])

        await asyncio.gather(*(appends(writer) for writer in range(8)))
        held = [e.key for n in range(3) for e in await log.read(Partition(RECORDS, n), 0, 1000)]
        assert len(held) == len(set(held)) == 240


async def _until_held(lease: Lease) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await lease.held():
            await asyncio.sleep(0.05)
