"""The next entries of many partitions, by what is read of each."""

import heapq
from dataclasses import replace
from itertools import islice

import pytest
from c360_gateway.watch.places import Places, _stamp
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import EVENTS, MEMBERSHIPS, PROFILES, RECORDS
from c360_kernel.stamp import stamp_at
from c360_kernel.testing.entries import record_entry
from hypothesis import given
from hypothesis import strategies as st

TOPICS = (RECORDS, EVENTS, PROFILES, MEMBERSHIPS)
SEALER = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))


class Counted(MemoryLog):
    """Counts what is read of it."""

    count = 0

    async def read(self, partition, offset, limit):
        found = await super().read(partition, offset, limit)
        self.count += len(found)
        return found


async def filled(said):
    """A log with an entry of each key, in each topic that is said, one after the other."""
    log = Counted()
    for number, (topic, key) in enumerate(said):
        at = stamp_at(1_000 + number)
        await log.append([replace(record_entry(key), topic=topic, id=str(number), stamp=at)])
    return log


def begin(log):
    return dict.fromkeys(log.partitions(TOPICS), 0)


@pytest.mark.parametrize("most", [1, 10, 500])
async def test_of_what_is_not_told_no_more_is_read_than_of_what_is(most):
    log = await filled([(topic, f"k{n}") for n in range(200) for topic in TOPICS])
    told = await Places(log, SEALER).following(begin(log), most)
    assert [one.id for one in told] == [str(n) for n in range(most)]
    assert log.count <= 2 * most + len(begin(log))


async def test_one_partition_that_is_far_behind_is_read_to_the_page_alone():
    log = await filled(
        [(RECORDS, "k")] * 900 + [(topic, f"k{n}") for n in range(9) for topic in TOPICS]
    )
    told = await Places(log, SEALER).following(begin(log), 500)
    assert [one.id for one in told] == [str(n) for n in range(500)]
    assert log.count <= 2 * 500


async def test_what_comes_while_a_page_is_read_waits_for_the_next_one():
    log = await filled([(RECORDS, "a"), (EVENTS, "b")])
    read = log.read

    async def meanwhile(*where):
        found = await read(*where)
        await log.append(
            [replace(record_entry("late"), topic=topic, stamp=stamp_at(9_000)) for topic in TOPICS]
        )
        return found

    log.read = meanwhile
    told = await Places(log, SEALER).following(begin(log), 500)
    assert [one.id for one in told] == ["0", "1"]


@given(
    said=st.lists(st.tuples(st.sampled_from(TOPICS), st.sampled_from("abcdefgh")), max_size=60),
    most=st.integers(1, 40),
    skipped=st.integers(0, 5),
)
async def test_a_page_is_the_beginning_of_all_that_follows(said, most, skipped):
    log = await filled(said)
    ends = await log.ends(TOPICS)
    place = {one: min(skipped, end) for one, end in ends.items()}
    parts = [await log.read(one, at, 1_000) for one, at in place.items()]
    wanted = list(islice(heapq.merge(*parts, key=_stamp), most))
    assert await Places(log, SEALER).following(place, most) == wanted
