"""Entries of a batch, and the letters of those that nobody could take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry, Partition, Span, entry_at, spans_of
from c360_kernel.log.topics import DEAD_LETTERS, EVENTS, RECORDS
from c360_kernel.payload import MAX_PAYLOAD_BYTES, EntryDeadLettered
from c360_kernel.projection.dead_letters import dead_letter_entry, unsent_letter
from c360_kernel.projection.port import Outgoing
from c360_kernel.testing.entries import record_entry
from hypothesis import given
from hypothesis import strategies as st

PLACES = st.tuples(st.sampled_from([RECORDS, EVENTS]), st.integers(0, 2), st.integers(0, 9))


def entry(topic: str, partition: int, offset: int) -> Entry:
    return entry_at(replace(record_entry("a"), topic=topic), Partition(topic, partition), offset)


@given(st.lists(PLACES))
def test_a_span_is_from_the_least_to_the_greatest_offset_in_any_order(
    places: list[tuple[str, int, int]],
) -> None:
    offsets: dict[Partition, list[int]] = {}
    for topic, partition, offset in places:
        offsets.setdefault(Partition(topic, partition), []).append(offset)
    expected = {place: Span(min(found), max(found)) for place, found in offsets.items()}
    assert spans_of(entry(*place) for place in places) == expected


@pytest.mark.parametrize("size", [0, 1, MAX_PAYLOAD_BYTES])
def test_a_letter_keeps_what_fits(size: int) -> None:
    assert len(letter(size).data) == size


def test_a_letter_of_what_is_too_large_keeps_what_it_is_about() -> None:
    found = letter(MAX_PAYLOAD_BYTES + 1)
    assert (found.data, found.topic, found.offset, found.code) == (b"", RECORDS, 7, "WRONG")


def letter(size: int) -> EntryDeadLettered:
    broken = replace(entry(RECORDS, 2, 7), data=b"x" * size)
    made = dead_letter_entry(broken, "profile", "WRONG")
    found = decode(DEAD_LETTERS, made.data)
    assert isinstance(found, EntryDeadLettered)
    return found


def test_what_was_never_sent_is_at_its_number_in_the_outbox_of_no_partition() -> None:
    waiting = record_entry("a")
    found = decode(DEAD_LETTERS, unsent_letter(Outgoing(12, waiting), "profile", "WRONG").data)
    assert isinstance(found, EntryDeadLettered)
    assert (found.topic, found.partition, found.offset) == (RECORDS, 0, 12)
