"""The contract of every identity store.

`open_store` opens an empty store of its own on each call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from c360_kernel.codec import decode
from c360_kernel.errors import Conflict
from c360_kernel.evidence.model import StewardDecision, pair_of
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES
from c360_kernel.payload import RecordAssigned
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.testing.origin import expect_claimed_once
from c360_kernel.testing.timers import OpenTimed, TimersContract, closing
from c360_kernel.version import Version
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c360_identity.domain.history import Move
from c360_identity.domain.model import (
    Carried,
    Customer,
    EventName,
    Holding,
    Observation,
    SourceRecord,
    Statement,
    TrackedEvent,
)
from c360_identity.emission import assignment_entry, restate
from c360_identity.store.port import (
    RECEIPT_LIFE_MS,
    Around,
    EvidenceChanges,
    IdentityStore,
    ResolutionChanges,
)
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    feed,
    handler_of,
    rules_of,
    stamp,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import RECORDS, cut, entries_of, worlds

OpenStore = Callable[[], IdentityStore]

ANN = RecordKey("crm", "安/1")
BEN = RecordKey("crm", "ben")
PHONE = Identifier("phone", "+86:1")
EMAIL = Identifier("email", "ä@b")
CARRIED = (Carried(*PHONE, "phone"), Carried(*EMAIL))
LIVE = Statement(True, 7, f"{2:028x}", "6c", False, CARRIED, marks="phone=42 identifiers.email=7")
GONE = Statement(True, 9, f"{9:028x}", "67", True)
ASIDE = Statement(True, 2, f"{6:028x}", "61", False, CARRIED[1:], 5, ("identifiers.email",))
TIMED = Statement(True, 2, f"{5:028x}", "62", False, named=())


def ann(**given: Any) -> SourceRecord:  # noqa: ANN401 - any field of a record
    """A live record that is a customer by itself."""
    return replace(SourceRecord(ANN, stamp(1), (LIVE,)), **given)


class IdentityStoreContract(TimersContract):
    """Subclass and override `open_store`. `examples` is how many worlds are tried on it."""

    examples: ClassVar[int] = 25

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Opens a new, empty store under test."""
        raise NotImplementedError

    @pytest.fixture
    def open_timed(self, open_store: OpenStore) -> OpenTimed:
        """How the timers' contract opens this store."""
        return lambda: closing(open_store())

    @pytest_asyncio.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[IdentityStore]:
        """The store under test, closed after the test."""
        store = open_store()
        yield store
        await store.close()

    async def test_it_belongs_to_what_it_was_fed_from_first(self, store: IdentityStore) -> None:
        await expect_claimed_once(store)

    async def test_what_is_kept_reads_back(self, store: IdentityStore) -> None:
        record = ann(seed=ANN, version=1, plain=True, statements=(LIVE, GONE._replace(number=3)))
        edge = Observation(ANN, PHONE, stamp(1), stated=True, events=2, active=True, since=5)
        event = TrackedEvent(EventName("crm", "m/1"), stamp(4), ANN, (PHONE, EMAIL))
        decision = StewardDecision("d1", "not_same", pair_of(BEN, ANN), stamp(5), "", "bo", "why")
        gone = Observation(ANN, EMAIL, stamp(1))
        changes = EvidenceChanges(
            [record],
            [edge, gone],
            {PHONE: 1},
            [event],
            {RevisionName(ANN, True, 2): [ASIDE, TIMED]},
            [decision],
        )
        async with store.unit() as unit:
            await unit.keep(changes)
        async with store.unit() as unit:
            assert await unit.records([ANN, BEN]) == {ANN: record}
            assert list(await unit.observations_of([ANN, BEN])) == [edge, gone] or list(
                await unit.observations_of([ANN])
            ) == [gone, edge]
            assert list(await unit.observations_to([PHONE, EMAIL])) == [edge]
            names = [event.name, EventName("web", "m/1")]
            assert await unit.events(names) == {event.name: event}
            name = RevisionName(ANN, True, 2)
            others = [name._replace(own=False), name._replace(number=7), name._replace(record=BEN)]
            found = await unit.revisions([name, *others])
            assert {n: list(kept) for n, kept in found.items()} == {name: [ASIDE, TIMED]}
            assert list(await unit.decisions_about([BEN])) == [decision]
            assert list(await unit.decisions_about([RecordKey("web", "ben")])) == []
        assert list(await store.decisions_about([ANN, BEN])) == [decision]
        assert list(await store.decisions_about([RecordKey("web", "ben")])) == []
        assert list(await store.decisions_about([])) == []

    async def test_moves_and_refused_edges_read_back(self, store: IdentityStore) -> None:
        here, away = (
            Move(BEN, 2, stamp(3), ANN, BEN, "not_same"),
            Move(ANN, 2, stamp(4), None, ANN, "x"),
        )
        refused = [
            Observation(key, one, stamp(at), stated=True, active=True, refused=True)
            for at, key, one in ((2, ANN, PHONE), (2, BEN, PHONE), (2, BEN, EMAIL), (1, ANN, EMAIL))
        ]
        async with store.unit() as unit:
            await unit.keep(EvidenceChanges([ann(), ann(key=BEN)], refused))
        async with store.unit() as unit:
            await unit.records([ANN, BEN])
            await unit.resolve(ResolutionChanges([ann(), ann(key=BEN)], [], {}, [here, away]))
        assert sorted(await store.moves([BEN])) == [here]
        assert sorted(await store.moves([ANN])) == sorted([here, away])
        assert list(await store.moves([])) == []
        ordered = sorted(refused, key=lambda one: (one.first_seen, one.record, one.identifier))
        assert list(await store.refused("", 0, 9)) == ordered
        assert list(await store.refused(stamp(2), 1, 1)) == ordered[2:3]
        assert list(await store.refused(stamp(3), 0, 9)) == []

    def test_shortcuts_tell_nothing_that_other_reads_do_not(self, open_store: OpenStore) -> None:
        @settings(
            max_examples=self.examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        @given(worlds)
        def compare(facts: list[Any]) -> None:
            asyncio.run(_check_shortcuts(open_store(), facts))

        compare()

    async def test_a_unit_reads_its_own_writes(self, store: IdentityStore) -> None:
        async with store.unit() as unit:
            assert await unit.holdings([PHONE]) == {PHONE: Holding()}
            edge = Observation(ANN, PHONE, stamp(1), stated=True, active=True)
            record = ann(seed=ANN, version=1, plain=True)
            await unit.keep(EvidenceChanges([record], [edge], {PHONE: 1}))
            assert await unit.holdings([PHONE]) == {
                PHONE: Holding(1, generic=False, customer=Customer(ANN, stamp(1), plain=True))
            }

    async def test_a_unit_reads_its_own_writes_of_what_it_read_before(
        self, store: IdentityStore
    ) -> None:
        edge = Observation(ANN, PHONE, stamp(1), stated=True, active=True)
        async with store.unit() as unit:
            await unit.keep(EvidenceChanges([ann(seed=ANN, version=1)], [edge], {PHONE: 1}))
        async with store.unit() as unit:
            assert (await unit.carriers([PHONE, EMAIL]))[EMAIL] == Holding()
            assert len(await unit.observations_of([ANN])) == len(await unit.records([ANN])) == 1
            again = Observation(BEN, PHONE, stamp(2), stated=True, active=True)
            gone = Observation(ANN, PHONE, stamp(1), stated=True, active=False)
            mail = Observation(BEN, EMAIL, stamp(2), stated=True, active=True)
            records = [ann(age=stamp(0), seed=ANN, version=1), ann(key=BEN, age=stamp(2))]
            changes = EvidenceChanges(records, [again, gone, mail], {PHONE: 0, EMAIL: 1})
            await unit.keep(changes)
            assert await unit.observations_of([ANN]) == [gone]
            assert list(await unit.observations_to([PHONE, EMAIL])) == [again, mail]
            assert (await unit.records([ANN]))[ANN].age == stamp(0)
            ben = (await unit.records([BEN]))[BEN]
            ben.seed, ben.version, mail.refused = BEN, 1, True
            await unit.resolve(ResolutionChanges([ben], [mail], {PHONE: 3, EMAIL: None}))
            assert (await unit.records([BEN]))[BEN] == ben
            assert list(await unit.observations_to([EMAIL])) == [mail]
            assert [o for o in await unit.observations_of([BEN]) if o.refused] == [mail]
            held = await unit.carriers([PHONE, EMAIL])
        kept = await store.holdings([PHONE, EMAIL])
        for identifier, holding in held.items():
            assert holding._replace(customer=None) == kept[identifier]._replace(customer=None)
        assert await store.records([BEN]) == {BEN: ben}

    async def test_a_holding_names_the_customer_that_was_seen_first(
        self, store: IdentityStore
    ) -> None:
        later = Observation(ANN, PHONE, stamp(9), stated=True, active=True)
        first = Observation(BEN, PHONE, stamp(2), stated=True, active=True)
        records = [ann(seed=ANN, version=1), ann(key=BEN, age=stamp(2), seed=BEN, version=1)]
        async with store.unit() as unit:
            await unit.keep(EvidenceChanges(records, [later, first], {PHONE: 2}))
        found = (await store.holdings([PHONE]))[PHONE]
        assert found.holders == 2
        assert found.customer == Customer(BEN, stamp(2), plain=False)

    async def test_resolving_moves_refuses_and_makes_generic(self, store: IdentityStore) -> None:
        edge = Observation(ANN, PHONE, stamp(1), stated=True, active=True)
        async with store.unit() as unit:
            both = [ann(seed=ANN, version=1), ann(key=BEN, age=stamp(2), seed=BEN, version=1)]
            await unit.keep(EvidenceChanges(both, [edge], {PHONE: 1}))
        async with store.unit() as unit:
            (record,) = (await unit.records([ANN])).values()
            (held,) = await unit.observations_of([ANN])
            record.seed, record.version, held.refused = BEN, 2, True
            await unit.resolve(ResolutionChanges([record], [held], {PHONE: 5}))
        assert (await store.records([ANN]))[ANN].seed == BEN
        assert [o.refused for o in await store.observations_of([ANN])] == [True]
        assert await store.holdings([PHONE]) == {PHONE: Holding(1, generic=True, anchored=5)}
        members = await store.members([BEN, ANN])
        assert [record.key for record in members[BEN]] == [ANN, BEN]
        assert list(members[ANN]) == []
        oldest = await store.members([BEN], 1)
        assert [record.key for record in oldest[BEN]] == [ANN]
        carried = await store.identifiers_of([BEN, ANN])
        assert (list(carried[BEN]), list(carried[ANN])) == ([PHONE], [])

    async def test_large_customers_are_counted_as_they_are(self, store: IdentityStore) -> None:
        assert await store.large(1) == {}
        told = [upserted(n, f"crm/{n}", f"email:{n} email:{n + 1}") for n in range(1, 5)]
        other = upserted(9, "web/1", "account:1")
        await feed(store, handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, 64)), [told, [other]])
        assert await store.large(2) == {RecordKey("crm", "1"): 4}
        assert len(await store.large(1)) == 2
        counts = await store.counts()
        assert (counts["customers"], counts["largest_customer"]) == (2, 4)

    async def test_a_customer_id_names_its_seed_for_ever(self, store: IdentityStore) -> None:
        async with store.unit() as unit:
            await unit.keep(EvidenceChanges([ann(statements=(LIVE, GONE))]))
        assert await store.seeds([IDS(ANN), IDS(BEN)]) == {IDS(ANN): ANN}

    async def test_a_failed_unit_leaves_nothing(self, store: IdentityStore) -> None:
        before = await store.digest()
        with pytest.raises(RuntimeError):
            async with store.unit() as unit:
                await unit.keep(EvidenceChanges([ann()]))
                await unit.note_outcome("e1", "DUPLICATE", 1)
                await restate(unit, [RecordAssigned(ANN, "", Version(0, 0))])
                raise RuntimeError
        assert await store.digest() == before
        assert await store.outcomes(["e1"]) == {}
        assert list(await store.outgoing(10)) == []

    async def test_a_moved_position_is_a_conflict(self, store: IdentityStore) -> None:
        place = Partition("records", 0)
        async with store.unit() as unit:
            await unit.advance({place: 0}, {place: 5})
        with pytest.raises(Conflict):
            async with store.unit() as unit:
                await unit.advance({place: 0}, {place: 3})
        assert await store.positions() == {place: 5}

    async def test_outcomes_are_noted_once_and_forgotten(self, store: IdentityStore) -> None:
        async with store.unit() as unit:
            await unit.note_outcome("e1", "DUPLICATE", 1_000)
            await unit.note_outcome("e2", "DUPLICATE", 2_000)
        async with store.unit() as unit:
            await unit.note_outcome("e1", "DEAD_LETTERED", 2_000)
        assert await store.outcomes(["e1", "e2", "e3"]) == {"e1": "DUPLICATE", "e2": "DUPLICATE"}
        async with store.unit() as unit:
            await unit.note_outcome("e4", "DUPLICATE", 1_500 + RECEIPT_LIFE_MS)
        assert await store.outcomes(["e1", "e2"]) == {"e2": "DUPLICATE"}

    async def test_a_dead_letter_is_an_outcome(self, store: IdentityStore) -> None:
        entry = Entry("records", 0, 0, "k", "e1", "t", "s", "k", 5, stamp(1), b"?")
        async with store.unit() as unit:
            await unit.dead_letter(entry, "identity", "PAYLOAD_MALFORMED")
        assert await store.outcomes(["e1"]) == {"e1": "DEAD_LETTERED"}
        assert [out.entry.topic for out in await store.outgoing(10)] == [DEAD_LETTERS]

    async def test_what_was_relayed_is_gone_and_the_rest_stays_in_order(
        self, store: IdentityStore
    ) -> None:
        for first in (0, 700):
            async with store.unit() as unit:
                for n in range(first, first + 700):
                    payload = RecordAssigned(RecordKey("crm", f"{n}"), "客户", Version(0, 1))
                    unit.emit(assignment_entry(payload, n, stamp(n)))
        everything = await store.outgoing(10_000)
        assert [out.entry.subject for out in everything] == [f"crm/{n}" for n in range(1_400)]
        assert decode(IDENTITIES, everything[9].entry.data).customer == "客户"
        relayed = 0
        for limit in (1, 10, 489, 1, 600, 1_000):
            some = await store.outgoing(limit)
            assert some == everything[relayed : relayed + limit]
            await store.relayed([out.sequence for out in some])
            relayed += limit
        assert list(await store.outgoing(10)) == []

    async def test_restating_gives_a_fresh_version(self, store: IdentityStore) -> None:
        async with store.unit() as unit:
            await unit.keep(EvidenceChanges([ann(seed=ANN, version=4)]))
        await store.start_epoch(2)
        stated = [payload async for payload in store.emissions()]
        assert stated == [RecordAssigned(ANN, IDS(ANN), Version(2, 0))]
        async with store.unit() as unit:
            unknown = RecordAssigned(BEN, "", Version(1, 1), left=IDS(BEN))
            await restate(unit, [*stated, unknown])
        versions = [decode(IDENTITIES, out.entry.data).version for out in await store.outgoing(10)]
        assert versions == [Version(2, 5), Version(2, 0)]
        assert (await store.records([ANN]))[ANN].version == 5

    async def test_nothing_is_nothing(self, store: IdentityStore) -> None:
        async with store.unit() as unit:
            await unit.keep(EvidenceChanges())
            await unit.resolve(ResolutionChanges([], [], {}))
            assert await unit.records([]) == {}
            assert list(await unit.observations_of([])) == []
            assert await unit.holdings([]) == {}
        assert await store.members([]) == {}

    def test_it_behaves_as_the_model(self, open_store: OpenStore) -> None:
        handler = handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, crowd=4, people=2))

        @settings(
            max_examples=self.examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        @given(worlds, st.lists(st.integers(1, 9), min_size=1))
        def same(facts: list[Any], sizes: list[int]) -> None:
            async def both() -> None:
                store, model = open_store(), MemoryIdentityStore(IDS)
                for batch in cut(entries_of(facts), sizes):
                    await feed(store, handler, [batch])
                    await feed(model, handler, [batch])
                    assert await store.digest() == await model.digest()
                    assert await _said(store) == await _said(model)
                    assert await store.counts() == await model.counts()
                await store.close()

            asyncio.run(both())

        same()


async def _said(store: IdentityStore) -> Sequence[RecordAssigned]:
    """All it said; of several causes of one change any may be named."""
    published = [decode(IDENTITIES, out.entry.data) for out in await store.outgoing(10_000)]
    bare = [replace(payload, cause="") for payload in published]
    return sorted(bare, key=lambda payload: (payload.record, payload.version))


async def _check_shortcuts(store: IdentityStore, facts: list[Any]) -> None:
    handler = handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, crowd=4, people=2))
    await feed(store, handler, [entries_of(facts)])
    types = {"account", "phone"}
    async with store.unit() as unit:
        records = await unit.records({RecordKey.parse(name) for name in RECORDS})
        bare = await unit.bare(records)
        for key, record in records.items():
            seen = replace(bare[key], statements=record.statements)
            assert (seen, bare[key].deleted) == (record, record.deleted)
            for of, fellows in (await unit.fellows([key])).items():
                assert of == key
                for one in fellows:
                    assert one == (await unit.bare([one.key]))[one.key]
                    assert (one.seed, one.key != key) == (record.seed, True)
        around = await unit.around(records)
        active = [o for o in await unit.observations_of(records) if o.active]
        found = Around.of(active, await unit.carriers({o.identifier for o in active}))
        assert sorted(around.edges) == sorted(found.edges)
        assert set(around.refused) == set(found.refused)
        assert around.holdings == found.holdings
        seeds = {record.seed for record in records.values() if record.seed}
        for seed, values in (await unit.values_held(seeds, types)).items():
            edges = await unit.observations_of([k for k, r in records.items() if r.seed == seed])
            found = {e.identifier for e in edges if e.active and e.identifier.type in types}
            assert set(values) == found
    await store.close()
