"""Any set of entries and any way to consume it, to compare what stores come to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from c360_kernel.log.entry import Entry
from c360_kernel.payload import TagChange
from c360_kernel.record import RecordKey
from hypothesis import strategies as st

from c360_profile.domain.customer import answering, said_now
from c360_profile.domain.query import Window
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.port import ProfileStore
from c360_profile.testing.catalog import RULES
from c360_profile.testing.entries import assigned, consented, tagged, tracked, upserted
from c360_profile.testing.quality import kept_cells

S = TypeVar("S", bound=ProfileStore)

KEYS = [RecordKey("crm", "a"), RecordKey("crm", "b"), RecordKey("web", "a"), RecordKey("web", "é")]
CUSTOMERS = ["c1", "c2", "c3"]
HANDLER = ProfileHandler(RULES)

Maker = Callable[[int], Entry]
"""Makes an entry of the stamp of a number."""

_keys = st.sampled_from(KEYS)
_times = st.integers(1, 4)
_traits = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["A", "B", ""]),
        "name": st.sampled_from(["Ann", "Bob"]),
        "gender": st.sampled_from(["f", "m"]),
        "phone": st.sampled_from(["13912345678", "139-1234-5678"]),
        "interests": st.sampled_from([("tea",), ("go", "tea"), ()]),
    },
)


def makers() -> st.SearchStrategy[Maker]:
    """Functions of a stamp number, so that stamps are given once and are all different."""
    return st.one_of(
        st.builds(
            lambda key, values, revision, observed, deleted, own: (
                lambda at: upserted(
                    key,
                    values,
                    at=at,
                    revision=revision,
                    observed_at=observed,
                    deleted=deleted,
                    own=own,
                )
            ),
            _keys,
            _traits,
            _times,
            st.none() | _times,
            st.sampled_from([False, False, False, True]),
            st.booleans(),
        ),
        st.builds(
            lambda key, values, removed, revision, observed, own: (
                lambda at: upserted(
                    key,
                    {name: value for name, value in values.items() if name not in removed},
                    at=at,
                    revision=revision,
                    observed_at=observed,
                    own=own,
                    removed=removed,
                )
            ),
            _keys,
            _traits,
            st.sets(st.sampled_from(["city", "name", "interests"]), max_size=2),
            _times,
            st.none() | _times,
            st.booleans(),
        ),
        st.builds(
            lambda key, message, when, name: (
                lambda at: tracked(key, message, at=at, occurred_at=when, name=name)
            ),
            _keys,
            st.sampled_from(["m1", "m2", "m3"]),
            st.none() | _times,
            st.sampled_from(["order_completed", "page_viewed"]),
        ),
        st.builds(
            lambda key, purpose, status, when, claim: (
                lambda at: consented(key, purpose, status, at=when, stamped=at, claimed_at=claim)
            ),
            _keys,
            st.sampled_from(["marketing", "service"]),
            st.sampled_from(["granted", "denied", "withdrawn"]),
            _times,
            st.sampled_from([0, 90, 91]),
        ),
        st.builds(
            lambda key, tag, value, writer, message: (
                lambda at: tagged(
                    key, TagChange(tag, value), at=at, writer=writer, message_id=message
                )
            ),
            _keys,
            st.sampled_from(["vip", "risk"]),
            st.sampled_from([None, True, 7, "word"]),
            st.sampled_from(["eve", "bob"]),
            st.sampled_from(["", "m1"]),
        ),
        st.builds(
            lambda key, name, counter, left: (
                lambda at: assigned(key, name, at=at, counter=counter, left=left)
            ),
            _keys,
            st.sampled_from([*CUSTOMERS, ""]),
            _times,
            st.sampled_from(["", *CUSTOMERS]),
        ),
    )


entry_lists = st.lists(makers(), max_size=30)


def made_at(start: int, made: Sequence[Maker]) -> list[Entry]:
    """The entries, stamped from `start` on."""
    return [make(at) for at, make in enumerate(made, start)]


entry_sets = entry_lists.map(lambda made: made_at(10, made))


@st.composite
def consumptions(draw: st.DrawFn) -> tuple[list[Entry], list[list[Entry]]]:
    """A set of entries, and one way to consume it: any order, some twice, any batches."""
    entries = draw(entry_sets)
    again = draw(st.lists(st.sampled_from(entries), max_size=5)) if entries else []
    ordered = draw(st.permutations([*entries, *again]))
    cuts = sorted(draw(st.sets(st.integers(0, len(ordered)), max_size=6)))
    edges = [0, *cuts, len(ordered)]
    return entries, [ordered[i:j] for i, j in pairwise(edges)]


async def consume(store: S, batches: Iterable[Sequence[Entry]]) -> S:
    """Handle batches one after the other."""
    for batch in batches:
        async with store.unit() as unit:
            await HANDLER.handle(unit, batch)
    return store


async def state(store: ProfileStore) -> Mapping[str, object]:
    """Everything that may not depend on how entries were consumed."""
    records = await store.records(KEYS)
    customers = await store.customers(CUSTOMERS)
    archive = await store.revisions(KEYS)
    await _assert_excerpts(store)
    return {
        "records": {key: replace(record, edition=0) for key, record in records.items()},
        "history": {key: one.history(archive.get(key, ())) for key, one in records.items()},
        "customers": {i: replace(customer, counter=0) for i, customer in customers.items()},
        "timelines": await store.timeline(CUSTOMERS, Window()),
        "digest": await store.digest(),
        "counts": await store.counts(),
        "quality": await kept_cells(store),
        "tags": {key: set(said) for key, said in (await store.taggings(KEYS)).items()},
    }


async def _assert_excerpts(store: ProfileStore) -> None:
    """What is read of many records is what whole ones say."""
    linked = await store.linked(CUSTOMERS)
    result, whole = await store.answering(CUSTOMERS), answering(linked)
    stated, excerpts = await store.said_now(CUSTOMERS), said_now(linked)
    for name in CUSTOMERS:
        found = {record.key: record for record in result.get(name, ())}
        assert found == {record.key: record for record in whole.get(name, ())}
        assert sorted(map(str, stated.get(name, ()))) == sorted(map(str, excerpts.get(name, ())))
