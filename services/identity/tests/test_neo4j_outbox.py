"""Parcels of entries: nothing is lost, doubled or reordered, whatever was relayed of them."""

from __future__ import annotations

from collections.abc import Sequence

from c360_identity.store.neo4j import outbox
from c360_kernel.log.entry import NewEntry
from c360_kernel.projection.port import Outgoing
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(max_size=4)
ENTRIES = st.lists(
    st.builds(
        NewEntry,
        topic=texts,
        key=texts,
        id=texts,
        type=texts,
        source=texts,
        subject=texts,
        time=st.integers(0, 2**53),
        stamp=texts,
        data=st.binary(max_size=5) | st.integers(1, 1_200_000).map(bytes),
    ),
    max_size=8,
)


def waiting(entries: Sequence[NewEntry], told: dict[int, int]) -> list[Outgoing]:
    """What waits, when so many entries of each parcel were relayed."""
    rows = [
        [number, told.get(number, 0), envelopes, data]
        for number, (_, envelopes, data) in enumerate(outbox.parcels(entries), 1)
    ]
    return [out for row in rows for out in outbox.outgoing_of(row)]


@given(ENTRIES, st.integers(0, 8))
def test_what_was_not_relayed_waits_in_order(entries: list[NewEntry], relayed: int) -> None:
    everything = waiting(entries, {})
    assert [out.entry for out in everything] == entries
    numbers = [out.sequence for out in everything]
    assert numbers == sorted(set(numbers))
    told = {row[0]: row[1] for row in outbox.relayed_rows(numbers[:relayed])}
    assert waiting(entries, told) == everything[relayed:]


@given(ENTRIES)
def test_a_parcel_is_no_larger_than_it_may_be(entries: list[NewEntry]) -> None:
    for count, _, data in outbox.parcels(entries):
        assert count == 1 or len(data) <= 1_000_000
