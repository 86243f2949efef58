"""Parcels of entries: nothing is lost, doubled or reordered, whatever was relayed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def waiting(
    entries: Sequence[NewEntry], told: dict[int, int], *, whole: bool = True
) -> list[Outgoing]:
    """What waits, when so many entries of each parcel were relayed, whose rows are `whole`."""
    parcels = dict(enumerate(outbox.parted(entries), 1))
    rows: list[list[Any]] = [
        [number, told.get(number, 0), outbox.parcel_row(parcel)[1] if whole else None]
        for number, parcel in parcels.items()
    ]
    return [out for row in rows for out in outbox.outgoing_of(row, parcels)]


@given(ENTRIES, st.integers(0, 8))
def test_what_was_not_relayed_waits_in_order(entries: list[NewEntry], relayed: int) -> None:
    everything = waiting(entries, {})
    assert [out.entry for out in everything] == entries
    numbers = [out.sequence for out in everything]
    assert numbers == sorted(set(numbers))
    told = {row[0]: row[1] for row in outbox.relayed_rows(numbers[:relayed])}
    assert waiting(entries, told) == everything[relayed:]
    assert waiting(entries, told, whole=False) == everything[relayed:]


@given(ENTRIES)
def test_a_parcel_is_no_larger_than_it_may_be(entries: list[NewEntry]) -> None:
    for parcel in outbox.parted(entries):
        count, _ = outbox.parcel_row(parcel)
        assert count == len(parcel)
        assert count == 1 or sum(len(one.data) for one in parcel) <= 1_000_000


def test_another_generation_s_parcels_are_not_known() -> None:
    latest, entry = outbox.LatestParcels(), NewEntry("", "", "", "", "", "", 0, "", b"")
    latest.keep(1, {7: [entry]})
    assert latest.known(1) == {7: [entry]}
    assert latest.known(2) == {}
    latest.keep(2, {8: [entry]})
    assert latest.known(2) == {8: [entry]}
    latest.forget([out.sequence for out in outbox.outgoing_of([8, 0, None], latest.known(2))])
    assert latest.known(2) == {}


def test_the_latest_parcels_alone_are_remembered() -> None:
    latest, entry = outbox.LatestParcels(), NewEntry("", "", "", "", "", "", 0, "", b"")
    for number in range(20):
        latest.keep(1, {number: [entry]})
    assert list(latest.known(1)) == list(range(12, 20))
