"""What a store keeps of entries that it was fed, to know its log again."""

from __future__ import annotations

from c360_kernel.log.entry import Entry, Partition, Position
from c360_kernel.log.topics import AUDIT, FOR_EVER, QUARANTINE, RECORDS, TOPICS
from c360_kernel.projection.witness import LatestEntries, witness, witnesses

HERE, THERE = Partition(RECORDS, 0), Partition(RECORDS, 1)


def _entry(partition: Partition, offset: int) -> Entry:
    stamp = f"s{partition.topic}{partition.number}{offset}"
    about = ("crm/1", stamp, "t", "s", "crm/1", 1, stamp, b"")
    return Entry(*partition, offset, *about, "")


def test_the_last_entry_of_each_partition_is_kept_and_read_back() -> None:
    held = witnesses([_entry(HERE, 3), _entry(THERE, 7), _entry(HERE, 4)])
    assert held.keys() == {HERE, THERE}
    assert witness(HERE, held[HERE]) == (Position(RECORDS, 0, 4), "srecords04")
    assert witness(THERE, held[THERE]) == (Position(RECORDS, 1, 7), "srecords17")


def test_entries_that_may_go_unhandled_are_no_witnesses() -> None:
    held = witnesses([_entry(Partition(topic, 0), 1) for topic in TOPICS])
    assert {partition.topic for partition in held} == {*FOR_EVER, AUDIT}
    assert QUARANTINE not in FOR_EVER


def test_what_is_begun_is_kept_once_it_is_handled() -> None:
    begun = LatestEntries()
    begun.begin([_entry(HERE, 3), _entry(HERE, 4)])
    begun.begin([_entry(THERE, 9)])
    assert begun.before({HERE: 5}) == {HERE: "4 srecords04"}
    assert begun.before({HERE: 4, THERE: 10}) == {THERE: "9 srecords19"}
    assert begun.before({Partition(RECORDS, 2): 8}) == {}
    begun.begin([_entry(HERE, 5)])
    assert begun.before({HERE: 6}) == {HERE: "5 srecords05"}
