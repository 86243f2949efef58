"""What every ProfileStore must do. An adapter's tests subclass this and give the `store`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace

import pytest
from c360_kernel.codec import decode
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest
from c360_kernel.errors import Conflict
from c360_kernel.log.topics import PROFILES
from c360_kernel.payload import ConsentStatesChanged, ConsentTerms, ProfileChanged, RecordAssigned
from c360_kernel.record import RecordKey
from c360_kernel.revisions import RevisionName
from c360_kernel.testing.origin import expect_claimed_once
from c360_kernel.testing.timers import TimersContract
from c360_kernel.version import Version

from c360_profile.domain.assignment import Assignment
from c360_profile.domain.consent import Answers, Consent, Given
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event, EventName
from c360_profile.domain.ordering import place_of
from c360_profile.domain.query import CustomerQuery, Order, Place, Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.emission import change, restate, uncaused
from c360_profile.store.port import Archived, ProfileStore
from c360_profile.testing.entries import stamp

ANN = RecordKey("crm", "ann/1")
BOB = RecordKey("crm", "bob")
PATCHED = ("traits.email", "traits.name")
TERMS = ConsentTerms("consent", "v1", "en", "CN", "self", "sha256:00", 2**41)
ZOE = RecordKey("web", "王芳")


def belonging_to(customer: str, key: RecordKey, *former: str) -> SourceRecord:
    """A record assigned to a customer that it came to from others."""
    return SourceRecord(key, assignment=Assignment(customer, Version(0, 1), former))


def event(key: RecordKey, message_id: str, at: int, name: str = "order_completed") -> Event:
    """An event that was stamped when it occurred."""
    return Event(key, message_id, name, at, stamp(at), {"amount": 1.5, "tags": ("a", "b")})


async def save_customers(store: ProfileStore, *customers: Customer) -> None:
    """Save customers as their next state."""
    async with store.unit() as unit:
        await unit.save_customers([change(c, unit.epoch, uncaused()) for c in customers])


async def save_records(store: ProfileStore, *records: SourceRecord) -> None:
    """Save records as their next edition."""
    async with store.unit() as unit:
        await unit.save_records(records)


async def ids(store: ProfileStore, query: CustomerQuery, limit: int = 100) -> list[str]:
    """The ids that a query finds."""
    return [customer.id for customer in await store.page(query, limit)]


class ProfileStoreContract(TimersContract):
    """The suite. Override `store` with an empty store, and `open_timed`, which opens others."""

    @pytest.fixture
    def store(self) -> ProfileStore:
        """The store under test."""
        raise NotImplementedError

    async def test_it_belongs_to_what_it_was_fed_from_first(self, store: ProfileStore) -> None:
        await expect_claimed_once(store)

    async def test_a_record_comes_back_as_it_was_saved(self, store: ProfileStore) -> None:
        traits = {"name": "Ann", "spend": 3.0, "points": 3, "member": True, "interests": ("b", "a")}
        record = SourceRecord(
            ANN,
            latest=Revision(7, stamp(3), 5, False, traits, True, "6c"),
            assignment=Assignment("c1", Version(2, 9), ("c0",)),
            answers={
                "service": Answers(
                    Consent("service", "denied", 4, stamp(4), "form"),
                    Consent("service", "granted", 3, stamp(3), claimed_at=8),
                    None,
                    Consent("service", "granted", 3, stamp(3), "form", terms=TERMS),
                    superseded=(stamp(1), stamp(2)),
                )
            },
            present=2**41,
            others=(
                Revision(9, stamp(2), 9, True, {}, False, "72"),
                Revision(8, stamp(4), 9, False, {"name": "An"}, True, "73", PATCHED),
            ),
        )
        await save_records(store, record)
        found = (await store.records([ANN, BOB]))[ANN]
        assert found == replace(record, edition=1)
        assert found.latest is not None
        assert [type(v) for v in found.latest.traits.values()] == [str, float, int, bool, tuple]

    async def test_every_answer_is_kept_once_as_it_was_first_stamped(
        self, store: ProfileStore
    ) -> None:
        yes = Consent("marketing", "granted", 5, stamp(5), "form", 0, TERMS, (stamp(1),))
        no = Consent("marketing", "denied", 4, stamp(4))
        kept = [Given(ANN, yes), Given(ANN, no), Given(BOB, no)]
        again = [Given(ANN, replace(yes, stamp=stamp(9))), Given(ANN, replace(no, stamp=stamp(2)))]
        for answers in (kept, [*again, *kept], []):
            async with store.unit() as unit:
                await unit.keep_answers(answers)
        found = await store.answers([ANN, ZOE])
        assert found.keys() == {ANN}
        assert set(found[ANN]) == {kept[0], again[1]}
        assert await store.answers([]) == {}

    async def test_what_was_never_saved_is_left_out(self, store: ProfileStore) -> None:
        assert await store.records([ANN]) == {}
        assert await store.customers(["c1"]) == {}
        assert await store.linked(["c1"]) == {}
        assert await store.revisions([ANN]) == {}
        assert await store.timeline(["c1"], Window()) == {}
        assert await store.page(CustomerQuery(), 10) == []

    async def test_asking_for_nothing_gives_nothing(self, store: ProfileStore) -> None:
        await save_records(store, belonging_to("c1", ANN))
        async with store.unit() as unit:
            await unit.keep_events([])
            await unit.archive([])
            await unit.save_records([])
            await unit.save_customers([])
        assert await store.records([]) == {}
        assert await store.linked([]) == {}

    async def test_a_record_saved_since_it_was_read_is_a_conflict(
        self, store: ProfileStore
    ) -> None:
        await save_records(store, belonging_to("c1", ANN))
        with pytest.raises(Conflict):
            await save_records(store, belonging_to("c2", ANN))
        assert (await store.records([ANN]))[ANN].customer == "c1"

    async def test_one_conflict_undoes_the_whole_unit(self, store: ProfileStore) -> None:
        await save_customers(store, Customer("c1", 1))
        with pytest.raises(Conflict):
            await save_customers(store, Customer("c2", 1), Customer("c1", 1))
        assert list(await store.customers(["c1", "c2"])) == ["c1"]
        assert len(await store.outgoing(10)) == 1

    async def test_an_exception_leaves_nothing_behind(self, store: ProfileStore) -> None:
        with pytest.raises(RuntimeError):
            async with store.unit() as unit:
                await unit.save_records([belonging_to("c1", ANN)])
                await unit.keep_events([event(ANN, "m1", 1)])
                await unit.archive([Archived(ANN, Revision(1, stamp(1), 1))])
                await unit.save_customers([change(Customer("c1", 1), unit.epoch, uncaused())])
                await unit.fold_by("catalog")
                raise RuntimeError
        assert await store.records([ANN]) == {}
        assert await store.revisions([ANN]) == {}
        assert await store.folded_by() is None
        assert await store.outgoing(10) == []
        assert await store.counts() == {"records": 0, "events": 0, "customers": 0}

    async def test_a_unit_reads_what_it_saved(self, store: ProfileStore) -> None:
        async with store.unit() as unit:
            await unit.records([ANN])
            await unit.save_records([belonging_to("c1", ANN)])
            assert (await unit.records([ANN]))[ANN] == belonging_to_saved("c1", ANN)
            assert (await unit.linked(["c1"]))["c1"] == [belonging_to_saved("c1", ANN)]
            await unit.save_customers([change(Customer("c1", 1), unit.epoch, uncaused())])
            assert (await unit.customers(["c1"]))["c1"].counter == 1

    async def test_links_are_present_and_former_ones(self, store: ProfileStore) -> None:
        await save_records(store, belonging_to("c1", ANN), belonging_to("c2", BOB, "c1", "c9"))
        linked = await store.linked(["c1", "c2", "c3"])
        assert {r.key for r in linked["c1"]} == {ANN, BOB}
        assert {r.key for r in linked["c2"]} == {BOB}
        assert "c3" not in linked

    async def test_a_record_that_came_back_is_linked_once(self, store: ProfileStore) -> None:
        await save_records(store, belonging_to("c1", ANN))
        (record,) = (await store.records([ANN])).values()
        for counter, (customer, left) in enumerate([("c2", "c1"), ("c1", "c2")], start=2):
            record = record.assigned(RecordAssigned(ANN, customer, Version(0, counter), left))
            await save_records(store, record)
            (record,) = (await store.records([ANN])).values()
        linked = await store.linked(["c1", "c2"])
        assert [len(linked["c1"]), len(linked["c2"])] == [1, 1]

    @pytest.mark.parametrize("stamps", [(1, 2), (2, 1)])
    async def test_of_events_with_one_name_the_first_stamped_is_kept(
        self, store: ProfileStore, stamps: Sequence[int]
    ) -> None:
        await save_records(store, belonging_to("c1", ANN), belonging_to("c2", BOB))
        subjects = {1: ANN, 2: BOB}
        for at in stamps:
            async with store.unit() as unit:
                await unit.keep_events([event(subjects[at], "m1", at)])
        assert await store.timeline(["c1", "c2"], Window()) == {"c1": [event(ANN, "m1", 1)]}

    async def test_events_of_one_batch_with_one_name(self, store: ProfileStore) -> None:
        await save_records(store, belonging_to("c1", ANN))
        async with store.unit() as unit:
            await unit.keep_events([event(ANN, "m1", at) for at in (3, 1, 2)])
        assert (await store.timeline(["c1"], Window()))["c1"] == [event(ANN, "m1", 1)]

    @pytest.mark.parametrize("stamps", [(1, 2), (2, 1)])
    async def test_of_archived_revisions_with_one_number_each_content_is_kept_once(
        self, store: ProfileStore, stamps: Sequence[int]
    ) -> None:
        revisions = {at: Revision(4, stamp(at), at, at == 2, content="61") for at in stamps}
        other = Revision(4, stamp(3), 3, content="62")
        timed = Revision(4, stamp(4), 4, own=False, content="61")
        for at in stamps:
            async with store.unit() as unit:
                await unit.archive([Archived(ANN, one) for one in (revisions[at], other, timed)])
        kept = (await store.revisions([ANN, BOB]))[ANN]
        assert sorted(kept, key=lambda one: one.stamp) == [revisions[1], other, timed]
        name = RevisionName(ANN, True, 4)
        async with store.unit() as unit:
            found = await unit.archived([name, name._replace(number=5), name._replace(record=BOB)])
        assert {n: {r.stamp for r in held} for n, held in found.items()} == {
            name: {revisions[1].stamp, other.stamp}
        }

    async def test_a_unit_reads_what_it_archives_beside_what_was(self, store: ProfileStore) -> None:
        first, second = (Revision(at, stamp(at), at, content="61") for at in (1, 2))
        async with store.unit() as unit:
            await unit.archive([Archived(ANN, first), Archived(BOB, first)])
        async with store.unit() as unit:
            await unit.archive([Archived(ANN, second)])
            found = await unit.revisions([ANN, ZOE])
            assert found.keys() == {ANN}
            assert {one.stamp for one in found[ANN]} == {first.stamp, second.stamp}
            assert await unit.revisions([]) == {}

    async def test_a_timeline_is_newest_first_and_goes_on_from_a_place(
        self, store: ProfileStore
    ) -> None:
        await save_records(store, belonging_to("c1", ANN), belonging_to("c1", ZOE))
        events = [event(ANN, "b", 5), event(ZOE, "a", 5), event(ANN, "a", 5), event(ZOE, "z", 9)]
        async with store.unit() as unit:
            await unit.keep_events([*events, event(BOB, "x", 7)])
        walked = [place async for place in _walk(store, "c1")]
        assert walked == [
            EventName(*n) for n in [("web", "z"), ("crm", "a"), ("crm", "b"), ("web", "a")]
        ]

    async def test_a_timeline_is_limited_per_customer(self, store: ProfileStore) -> None:
        await save_records(
            store, belonging_to("c1", ANN), belonging_to("c2", BOB), belonging_to("c1", ZOE)
        )
        events = [event(key, f"{key}{n}", n) for key in (ANN, BOB, ZOE) for n in range(5)]
        async with store.unit() as unit:
            await unit.keep_events(events)
        found = await store.timeline(["c1", "c2"], Window(limit=3))
        assert [[e.occurred_at for e in found[c]] for c in ("c1", "c2")] == [[4, 4, 3], [4, 3, 2]]

    async def test_a_timeline_is_read_from_its_end_and_between_places(
        self, store: ProfileStore
    ) -> None:
        await save_records(store, belonging_to("c1", ANN), belonging_to("c1", ZOE))
        events = [event(key, f"{key}{n}", n // 2) for key in (ANN, ZOE) for n in range(4)]
        async with store.unit() as unit:
            await unit.keep_events(events)
        ordered = sorted((one.place for one in events), key=lambda place: place.rank)
        for after, before in [(a, b) for a in (None, *ordered) for b in (None, *ordered)]:
            start = 0 if after is None else ordered.index(after) + 1
            inside = ordered[start : len(ordered) if before is None else ordered.index(before)]
            for from_end in (False, True):
                window = Window(None, after, before, 3, from_end)
                found = (await store.timeline(["c1"], window)).get("c1", ())
                expected = inside[-3:] if from_end else inside[:3]
                assert [one.place for one in found] == expected

    async def test_a_timeline_of_some_names(self, store: ProfileStore) -> None:
        await save_records(store, belonging_to("c1", ANN))
        async with store.unit() as unit:
            await unit.keep_events([event(ANN, "m1", 1), event(ANN, "m2", 2, "page_viewed")])
        found = await store.timeline(["c1"], Window(("page_viewed",)))
        assert [e.message_id for e in found["c1"]] == ["m2"]
        assert await store.timeline(["c1"], Window(())) == {}

    @pytest.mark.parametrize(
        ("window", "found"),
        [
            (Window(sources=("web",)), "z"),
            (Window(sources=("crm", "gone")), "ba"),
            (Window(sources=()), ""),
            (Window(since=5), "zb"),
            (Window(until=5), "a"),
            (Window(since=2, until=6), "b"),
            (Window(having=All((ValueTest("amount", "at_least", 5),))), "zb"),
            (Window(having=All((ValueTest("sku", "equals", "x"),)), sources=("crm",)), "a"),
            (Window(("order_completed",), having=All((ValueTest("sku", "missing"),))), "z"),
            (Window(having=All((ValueTest("amount", "at_least", 5),)), limit=1), "z"),
            (
                Window(having=All((ValueTest("amount", "at_least", 5),)), limit=1, from_end=True),
                "b",
            ),
        ],
    )
    async def test_a_timeline_is_chosen_from_and_counted(
        self, store: ProfileStore, window: Window, found: str
    ) -> None:
        await save_records(
            store, belonging_to("c1", ANN), belonging_to("c1", ZOE), belonging_to("c2", BOB)
        )
        events = [
            replace(event(ANN, "a", 1), properties={"sku": "x", "amount": 1.5}),
            replace(event(ANN, "b", 5), properties={"sku": "y", "amount": 5}),
            replace(event(ZOE, "z", 9), properties={"amount": 7.25}),
        ]
        async with store.unit() as unit:
            await unit.keep_events(events)
        told = await store.timeline(["c1", "c2"], window)
        assert [one.message_id for one in told.get("c1", ())] == list(found)
        assert "c2" not in told
        unlimited = window._replace(limit=1_000)
        whole = len((await store.timeline(["c1"], unlimited)).get("c1", ()))
        assert await store.event_counts(["c1", "c2"], unlimited) == {"c1": whole, "c2": 0}
        far = window._replace(limit=sys.maxsize)
        assert len((await store.timeline(["c1"], far)).get("c1", ())) == whole

    async def test_a_timeline_follows_the_assignment(self, store: ProfileStore) -> None:
        await save_records(store, belonging_to("c1", ANN), belonging_to("c1", BOB))
        async with store.unit() as unit:
            await unit.keep_events([event(ANN, "m1", 1), event(BOB, "m2", 2)])
            held = await unit.records([ANN, BOB])
            moved = held[ANN].assigned(RecordAssigned(ANN, "c2", Version(0, 2), "c1"))
            gone, _ = held[BOB].revised(Revision(1, stamp(9), 9, deleted=True), ())
            await unit.save_records([moved, gone])
        found = await store.timeline(["c1", "c2"], Window())
        assert {c: [e.message_id for e in events] for c, events in found.items()} == {"c2": ["m1"]}

    async def test_pages_are_of_live_customers_by_id(self, store: ProfileStore) -> None:
        await save_customers(
            store, Customer("c3", 1), Customer("c1", 1), Customer("c2", 1, ended=True)
        )
        assert await ids(store, CustomerQuery()) == ["c1", "c3"]
        assert await ids(store, CustomerQuery(), 1) == ["c1"]
        assert await ids(store, CustomerQuery(after=Place((), "c1"))) == ["c3"]

    @pytest.mark.parametrize("descending", [False, True])
    async def test_an_order_puts_customers_without_the_trait_last(
        self, store: ProfileStore, descending: bool
    ) -> None:
        named = [("c1", "é"), ("c2", "Z"), ("c3", "a"), ("c4", None), ("c5", "a"), ("c0", None)]
        await save_customers(store, *(_with(i, "name", name) for i, name in named))
        order = Order("name", descending)
        expected = ["c2", "c3", "c5", "c1"] if not descending else ["c1", "c3", "c5", "c2"]
        assert await ids(store, CustomerQuery(orders=(order,))) == [*expected, "c0", "c4"]
        assert await _walk_pages(store, order) == [*expected, "c0", "c4"]

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            (ValueTest("name", "equals", "Ann"), "a"),
            (ValueTest("name", "not_equals", "Ann"), "bcd"),
            (ValueTest("name", "in", ("Ann", "Bob")), "ab"),
            (ValueTest("name", "starts_with", "A%"), "c"),
            (ValueTest("name", "contains", "nn"), "a"),
            (ValueTest("name", "contains", "_"), "c"),
            (ValueTest("interests", "contains", "tea"), "ab"),
            (ValueTest("interests", "contains", "te"), ""),
            (ValueTest("name", "exists"), "abc"),
            (ValueTest("name", "missing"), "d"),
            (ValueTest("points", "greater_than", 1), "b"),
            (ValueTest("points", "at_least", 1), "ab"),
            (ValueTest("points", "less_than", 2), "a"),
            (ValueTest("points", "at_most", 2), "ab"),
            (ValueTest("member", "equals", True), "a"),
            (ValueTest("member", "equals", False), "b"),
            (Not(ValueTest("points", "at_least", 2)), "acd"),
            (Not(ValueTest("name", "in", ("Ann",))), "bcd"),
            (All((ValueTest("points", "at_least", 1), ValueTest("name", "equals", "Bob"))), "b"),
            (AnyOf((ValueTest("name", "missing"), ValueTest("name", "equals", "Bob"))), "bd"),
            (All(()), "abcd"),
            (AnyOf(()), ""),
        ],
    )
    async def test_conditions(
        self, store: ProfileStore, condition: ValueCondition, found: str
    ) -> None:
        await save_customers(
            store,
            Customer("a", 1, {"name": "Ann", "points": 1, "member": True, "interests": ("tea",)}),
            Customer("b", 1, {"name": "Bob", "points": 2, "member": False, "interests": ("tea",)}),
            Customer("c", 1, {"name": "A%_"}),
            Customer("d", 1),
            Customer("e", 1, {"name": "Ann", "points": 1}, ended=True),
        )
        assert await ids(store, CustomerQuery(condition)) == list(found)
        assert await store.count(condition) == len(found)
        assert sorted(await store.matching(condition)) == list(found)

    async def test_a_customers_counter_must_follow_on(self, store: ProfileStore) -> None:
        await save_customers(store, Customer("c1", 1))
        await save_customers(store, Customer("c1", 2))
        for stale in (2, 1, 4):
            with pytest.raises(Conflict):
                await save_customers(store, Customer("c1", stale))

    async def test_what_is_saved_is_told_once_in_order(self, store: ProfileStore) -> None:
        await save_customers(store, Customer("c2", 1), Customer("c1", 1))
        outgoing = await store.outgoing(10)
        assert [out.entry.id for out in outgoing] == ["profiles:c2:0.1", "profiles:c1:0.1"]
        await store.relayed([outgoing[0].sequence])
        assert [out.entry.key for out in await store.outgoing(10)] == ["c1"]

    async def test_emissions_are_the_present_states(self, store: ProfileStore) -> None:
        await save_customers(store, Customer("c1", 1, {"name": "Ann"}), Customer("c2", 1))
        await save_customers(store, Customer("c2", 2, ended=True, successor="c1"))
        published = [payload async for payload in store.emissions()]
        assert published == [
            ProfileChanged("c1", Version(0, 1), {"name": "Ann"}),
            ProfileChanged("c2", Version(0, 2), {}, ended=True, successor="c1"),
        ]

    async def test_what_a_customer_consents_to_is_kept_and_told(self, store: ProfileStore) -> None:
        customer = Customer("c1", 1, consents={"marketing": "granted", "service": "denied"})
        await save_customers(store, customer)
        assert (await store.customers(["c1"]))["c1"] == customer
        profile, states = [one.entry for one in await store.outgoing(10)]
        assert decode(PROFILES, profile.data) == customer.published(0)
        payload: ConsentStatesChanged = decode(states.topic, states.data)
        assert (states.id, payload.states) == ("consent-states:c1:0.1", customer.consents)

    async def test_what_a_profile_leaves_out_is_kept_and_told(self, store: ProfileStore) -> None:
        cut = Customer("c1", 1, {"name": "Ann"}, left_out=("city", "interests"))
        await save_customers(store, cut)
        assert (await store.customers(["c1"]))["c1"] == cut
        (published,) = [payload async for payload in store.emissions()]
        expected = ProfileChanged("c1", Version(0, 1), cut.traits, left_out=cut.left_out)
        assert (published, expected.code) == (expected, "PROFILE_TOO_LARGE")
        (out,) = await store.outgoing(10)
        assert decode(PROFILES, out.entry.data) == published

    async def test_restating_tells_a_fresh_version(self, store: ProfileStore) -> None:
        await save_customers(store, Customer("c1", 1))
        await store.start_epoch(3)
        async with store.unit() as unit:
            named = ProfileChanged("c1", Version(0, 0), {"name": "Ann"})
            await restate(unit, [named, ProfileChanged("c9", Version(0, 0), {}, ended=True)])
        published = [out.entry.id for out in await store.outgoing(10)][1:]
        entries = ["profiles:c1:3.2", "consent-states:c1:3.2"]
        assert published == [*entries, "profiles:c9:3.1", "consent-states:c9:3.1"]
        assert (await store.customers(["c1"]))["c1"].traits == {"name": "Ann"}

    async def test_the_catalog_it_was_folded_by_is_kept(self, store: ProfileStore) -> None:
        for digest in ("one", "two"):
            async with store.unit() as unit:
                await unit.fold_by(digest)
            assert await store.folded_by() == digest


def belonging_to_saved(customer: str, key: RecordKey) -> SourceRecord:
    """What `belonging_to` is once saved."""
    record = belonging_to(customer, key)
    return replace(record, edition=1)


def _with(id_: str, trait: str, value: str | None) -> Customer:
    return Customer(id_, 1, {} if value is None else {trait: value})


async def _walk(store: ProfileStore, customer: str) -> AsyncIterator[EventName]:
    after = None
    while found := (await store.timeline([customer], Window(after=after, limit=1))).get(customer):
        yield found[0].id
        after = found[0].place


async def _walk_pages(store: ProfileStore, order: Order) -> Iterable[str]:
    walked: list[str] = []
    after: Place | None = None
    while page := await store.page(CustomerQuery(orders=(order,), after=after), 2):
        walked += [customer.id for customer in page]
        after = place_of(page[-1], (order,))
    return walked
