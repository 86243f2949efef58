"""The contract of every SegmentStore adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from c360_kernel.accounts.links import AccountState, Link, LinkSaid
from c360_kernel.accounts.said import AccountSaid
from c360_kernel.log.entry import Partition
from c360_kernel.log.topics import EVENTS
from c360_kernel.payload import MembershipChanged
from c360_kernel.record import RecordKey
from c360_kernel.testing.origin import expect_claimed_once
from c360_kernel.testing.timers import OpenTimed, TimersContract, closing
from c360_kernel.version import Version

from c360_segment.domain.past import Telling, Was
from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.state import (
    EventName,
    Looked,
    Membership,
    ProfileState,
    RecordState,
    SeenEvent,
)
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.told import Stretch, Told
from c360_segment.emission import restate
from c360_segment.store.accounts import Linked
from c360_segment.store.port import Changes, Definitions, SegmentStore
from c360_segment.testing.entries import stamp_of

OpenStore = Callable[[], SegmentStore]

_RECORD = RecordKey("crm", "a")
_OTHER = RecordKey("web", "王/小明")
_SAVED = SavedSegment("a", 1, "", 7, "A", "of all", '{"all": []}', "why", "ann", archived=False)
_EVENT = EventName("crm", "m1")
_SEEN = SeenEvent(stamp_of(5), _RECORD, "bought", 5, {"amount": 2.5, "tags": ("x", "y"), "n": 3})


class Interrupted(Exception):
    """Raised inside a unit to see that nothing of it is kept."""


class SegmentStoreContract(TimersContract):
    """Subclass and override `open_store`: each call opens a fresh, empty store."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Open the store under test."""
        raise NotImplementedError

    @pytest.fixture
    def open_timed(self, open_store: OpenStore) -> OpenTimed:
        """How the timers' contract opens this store."""
        return lambda: closing(open_store())

    @pytest_asyncio.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[SegmentStore]:
        """The store under test, closed after the test."""
        store = open_store()
        yield store
        await store.close()

    async def test_it_belongs_to_what_it_was_fed_from_first(self, store: SegmentStore) -> None:
        await expect_claimed_once(store)

    async def test_links_are_those_of_whose_records_they_are(self, store: SegmentStore) -> None:
        account, name = RecordKey("erp", "A"), RecordKey("crm", "l")
        link = Link(_RECORD, account, "decision", "buyer", 3, 9)
        said = (LinkSaid(True, 1, stamp_of(4), "x", link),)
        owned = {_RECORD: RecordState("c1", Version(0, 1))}
        async with store.unit() as unit:
            await unit.save(Changes(records=owned, links={name: said}))
            assert await unit.links([name, _RECORD]) == {name: said}
            assert await unit.acting(["c1"]) == {}
            await unit.save(Changes(accounts={account: AccountState("a1", Version(0, 1))}))
            assert await unit.acting(["c1", "c2"]) == {"c1": [link]}
            assert await unit.linked_to(account, "", 9) == Linked([_RECORD], "")
            assert await unit.linked_to(name, "", 9) == Linked([], "")
        gone = LinkSaid(True, 2, stamp_of(5), "y", None)
        async with store.unit() as unit:
            assert await unit.accounts([account]) == {account: AccountState("a1", Version(0, 1))}
            await unit.save(Changes(links={name: (*said, gone)}))
            assert await unit.links([name]) == {name: (*said, gone)}
            assert await unit.acting(["c1"]) == {}
            assert await unit.linked_to(account, "", 9) == Linked([], "")
        assert not await store.linked()

    async def test_who_is_linked_is_read_page_by_page(self, store: SegmentStore) -> None:
        account, persons = RecordKey("erp", "A"), [RecordKey("crm", str(n)) for n in range(5)]
        ends = [(one, account) for one in (*persons, persons[0])]
        links = {
            RecordKey("l", str(n)): (LinkSaid(True, 1, stamp_of(n), "x", Link(*two, "member", "")),)
            for n, two in enumerate([*ends, (_OTHER, _RECORD)])
        }
        owned = {one: RecordState(one.key, Version(0, 1)) for one in persons}
        async with store.unit() as unit:
            await unit.save(Changes(records=owned, links=links))
            found, after = list[RecordKey](), ""
            while True:
                page = await unit.linked_to(account, after, 2)
                found += page.records
                after = page.after
                if not after:
                    break
        assert sorted(found) == persons
        assert not await store.linked()
        async with store.unit() as unit:
            await unit.save(Changes(accounts={account: AccountState("a1", Version(0, 1))}))
        assert set(await store.customers_of(await store.linked())) == set("01234")

    async def test_an_account_is_what_is_said_of_its_records(self, store: SegmentStore) -> None:
        one, other, bare = (RecordKey("erp", key) for key in ("A", "B", "王"))
        traits = {"name": "A", "n": 2**40, "x": 2.0, "on": True, "tags": ("b", "a")}
        whole = AccountSaid(True, 1, stamp_of(4), "x", None, 5, False, traits)
        patch = AccountSaid(False, 2, stamp_of(5), "y", ("traits.n",), 6, False, {"n": 3})
        gone = AccountSaid(True, 3, stamp_of(6), "z", None, 7, True, {})
        said = {one: (whole, patch), other: (gone,)}
        ids = {one: "a1", bare: "a1", other: ""}
        states = {key: AccountState(id_, Version(0, 1)) for key, id_ in ids.items()}
        async with store.unit() as unit:
            await unit.save(Changes(account_said=said))
            assert await unit.account_records(["a1", ""]) == {}
            await unit.save(Changes(accounts=states))
            assert await unit.said_of_accounts([one, other, bare]) == said
            assert await unit.account_records(["a1", "a2", ""]) == {
                "a1": {one: said[one], bare: ()}
            }
        assert await store.account_records(["a1"]) == {"a1": {one: said[one], bare: ()}}
        (held, _), *_ = (await store.account_records(["a1"]))["a1"].values()
        kinds = [type(value) for value in held.traits.values()]
        assert kinds == [type(value) for value in traits.values()]
        assert await store.accounts([one, _RECORD]) == {one: states[one]}
        digest = await store.digest()
        async with store.unit() as unit:
            await unit.save(Changes(account_said={one: (whole,)}))
        assert await store.digest() != digest

    async def test_of_a_version_of_a_segment_the_smaller_stamp_holds(
        self, store: SegmentStore
    ) -> None:
        later, first = (replace(_SAVED, stamp=stamp_of(n), author=str(n)) for n in (9, 5))
        second = replace(_SAVED, version=2, archived=True, stamp=stamp_of(7))
        marks = {await store.saved_mark()}
        for one in (later, second, first, later):
            async with store.unit() as unit:
                await unit.save(Changes(saved=[one]))
                marks.add(await unit.saved_mark())
        assert len(marks) == 4
        assert await store.saved() == [second]
        assert await store.saved_versions(_SAVED.name) == [second, first]
        assert await store.saved_versions("another") == []

    async def test_the_history_is_what_was_told(self, store: SegmentStore) -> None:
        entered = Told("a", 5, "c1", Version(0, 1), member=True, reads=("A.x", "B.y"))
        left = Told("a", 9, "c1", Version(0, 2), member=False)
        # A clock that was behind: a greater version at an earlier time.
        back = Told("a", 7, "c1", Version(1, 3), member=True)
        other, elsewhere = entered._replace(customer="c2"), left._replace(segment="b")
        for some in ((left, entered, other), (entered, back), (elsewhere,)):
            async with store.unit() as unit:
                await unit.save(Changes(told=some))
        newest_first = [left, back, other, entered]
        assert await store.history("a", Stretch(0, None, 9)) == newest_first
        assert await store.history("a", Stretch(6, None, 9)) == [left, back]
        assert await store.history("a", Stretch(0, back.place, 1)) == [other]
        held = {at: await store.segments_at(["c1"], at) for at in (4, 5, 8, 9)}
        assert held == {4: [], 5: [entered], 8: [back], 9: [back, elsewhere]}
        assert await store.segments_at(["c2", "c1"], 5) == [entered, other]

    async def test_what_profiles_told_is_kept_beside_what_they_told_before(
        self, store: SegmentStore
    ) -> None:
        first = Telling(Version(0, 1), 5, {"tier": "gold", "n": 1, "on": True})
        later = Telling(Version(0, 4), 9, {"labels": ("a", "王")})
        ended = Telling(Version(0, 2), 6, {}, live=False, successor="c1")
        live = ProfileState(Version(0, 4), True, {"tier": "gold"})
        async with store.unit() as unit:
            await unit.save(Changes(profiles={"c1": live}, past={"c1": [first]}))
            await unit.save(Changes(past={"c2": [ended, first]}))
            (found,) = (await unit.past(["c1", "c3"])).values()
            assert (found.told, [sorted(one) for one in found.joined]) == (
                [first],
                [[first, ended]],
            )
        async with store.unit() as unit:
            await unit.save(Changes(past={"c1": [later, first]}))
            assert sorted((await unit.past(["c2", "c1"]))["c1"].told) == [first, later]
            assert await unit.past([]) == {}
        (known,) = (await store.known(["c1"], [])).values()
        assert known.past == [Was(5, first.values), Was(9, later.values)]

    async def test_it_knows_what_it_was_derived_by(self, store: SegmentStore) -> None:
        assert await store.derived_by() is None
        for basis in ("one", "other"):
            await store.derive_by(basis)
            assert await store.derived_by() == basis

    async def test_events_read_back_as_saved(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            await unit.save(Changes(events={_EVENT: _SEEN}))
        async with store.unit() as unit:
            assert await unit.events([_EVENT, EventName("crm", "m2")]) == {_EVENT: _SEEN}

    async def test_an_event_is_replaced_whole(self, store: SegmentStore) -> None:
        earlier = SeenEvent(stamp_of(1), _OTHER, "looked", 1, {})
        async with store.unit() as unit:
            await unit.save(Changes(events={_EVENT: _SEEN}))
            await unit.save(Changes(events={_EVENT: earlier}))
            assert await unit.events([_EVENT]) == {_EVENT: earlier}

    async def test_records_read_back_as_saved(self, store: SegmentStore) -> None:
        state = RecordState("c1", Version(2, 7), {"bought": 3, "looked": 1})
        async with store.unit() as unit:
            await unit.save(Changes(records={_RECORD: state}))
            assert await unit.records([_RECORD, _OTHER]) == {_RECORD: state}
            await unit.save(Changes(records={_RECORD: RecordState("", Version(2, 8), {})}))
            assert await unit.records([_RECORD]) == {_RECORD: RecordState("", Version(2, 8), {})}

    async def test_counts_are_summed_over_a_customers_records(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            await unit.save(
                Changes(
                    records={
                        _RECORD: RecordState("c1", Version(0, 0), {"bought": 3}),
                        _OTHER: RecordState("c1", Version(0, 0), {"bought": 1, "looked": 2}),
                    }
                )
            )
            states = await unit.customers(["c1", "nobody"])
        assert set(states) == {"c1"}
        assert dict(states["c1"].counts) == {"bought": 4, "looked": 2}
        assert states["c1"].profile is None

    async def test_events_of_customers_are_found_by_name(self, store: SegmentStore) -> None:
        other = replace(_SEEN, record=_OTHER, name="looked", at=7)
        async with store.unit() as unit:
            await unit.save(
                Changes(
                    events={_EVENT: _SEEN, EventName("web", "m2"): other},
                    records={
                        _RECORD: RecordState("c1", Version(0, 0), {}),
                        _OTHER: RecordState("c1", Version(0, 0), {}),
                    },
                )
            )
            bought = Happened(5, "crm", "m1", "bought", stamp_of(5), _SEEN.properties)
            looked = Happened(7, "web", "m2", "looked", stamp_of(5), _SEEN.properties)
            every = ["bought", "looked", "sold"]
            found = await unit.happened({"c1": every, "c2": every})
            assert {name: {e.message_id for e in es} for name, es in found.items()} == {
                "c1": {"m1", "m2"}
            }
            assert sorted(found["c1"]) == [bought, looked]
            assert await unit.happened({"c1": ["bought"], "c2": every}) == {"c1": [bought]}
            await unit.save(Changes(records={_OTHER: RecordState("c2", Version(0, 1), {})}))
            assert await unit.happened({"c2": ["looked"]}) == {"c2": [looked]}
            assert await unit.happened({}) == await unit.happened({"c2": []}) == {}

    async def test_what_is_known_of_who_is_live(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            live = ProfileState(Version(0, 0), True, {"city": "Rome"})
            ended = ProfileState(Version(0, 0), False, {})
            await unit.save(
                Changes(
                    events={_EVENT: _SEEN},
                    records={_RECORD: RecordState("c1", Version(0, 0), {})},
                    profiles={"c1": live, "c2": ended, "c3": live},
                )
            )
        bought = Happened(5, "crm", "m1", "bought", stamp_of(5), _SEEN.properties)
        asked = ["c1", "c2", "c3", "nobody"]
        found = await store.known(asked, ["bought"])
        assert {c: (one.traits, list(one.events), one.tick) for c, one in found.items()} == {
            "c1": ({"city": "Rome"}, [bought], 0),
            "c3": ({"city": "Rome"}, [], 0),
        }
        async with store.unit() as unit:
            await unit.tick(9)
        (known,) = (await store.known(["c1"], ["looked"])).values()
        assert (list(known.events), known.tick) == ([], 9)

    async def test_the_present_is_the_last_tick(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            assert await unit.present() == 0
            await unit.tick(9)
            await unit.tick(4)
            assert await unit.present() == 9

    async def test_the_newest_profile_stays(self, store: SegmentStore) -> None:
        newest = ProfileState(Version(1, 0), True, {"points": 3, "tags": ("a",), "vip": True})
        async with store.unit() as unit:
            await unit.save(Changes(profiles={"c1": newest}))
            await unit.save(Changes(profiles={"c1": ProfileState(Version(0, 9), False, {})}))
            await unit.save(Changes(profiles={"c1": ProfileState(Version(1, 0), False, {})}))
            assert (await unit.customers(["c1"]))["c1"].profile == newest

    async def test_members_enter_and_leave(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            for customer in ("c1", "c2", "c3"):
                await unit.keep_memberships({(customer, "all"): Membership(True, Version(0, 0))})
            await unit.keep_memberships({("c2", "all"): Membership(False, Version(0, 1))})
            await unit.keep_memberships({("c3", "few"): Membership(True, Version(0, 0))})
            pairs = [("c2", "all"), ("c2", "few"), ("c3", "few")]
            assert await unit.versions(pairs) == {
                ("c2", "all"): Version(0, 1),
                ("c3", "few"): Version(0, 0),
            }
            inside = await unit.inside({"c1": None, "c2": None, "c3": ["few", "unheard_of"]})
            assert inside == {"c1": {"all"}, "c2": frozenset(), "c3": {"few"}}
        everybody, few = await store.members("all"), await store.members("few")
        assert list(await store.customers_of(everybody)) == ["c1", "c3"]
        assert (len(everybody), len(everybody & few), len(everybody - few)) == (2, 1, 1)
        assert len(await store.members("unheard_of")) == 0

    async def test_how_customers_were_looked_at(self, store: SegmentStore) -> None:
        live = ProfileState(Version(0, 0), True, {})
        async with store.unit() as unit:
            await unit.save(Changes(profiles={"c1": live, "c2": live}))
            await unit.keep_looks({"c1": Looked(5, 9), "c2": Looked(0, None)})
        async with store.unit() as unit:
            states = await unit.customers(["c1", "c2"])
            assert (states["c1"].looked, states["c2"].looked) == (Looked(5, 9), Looked(0, None))
            await unit.keep_looks({"c1": None})
            state = (await unit.customers(["c1"]))["c1"]
        assert (state.looked, state.profile) == (None, live)

    async def test_segments_of_customers(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            await unit.keep_memberships({("c1", "all"): Membership(True, Version(0, 0))})
            await unit.keep_memberships({("c2", "all"): Membership(False, Version(0, 0))})
        assert await store.segments_of(["c1", "c2", "nobody"]) == {
            "c1": frozenset({"all"}),
            "c2": frozenset(),
        }

    async def test_customers_of_keeps_the_order_asked(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            for n in range(20):
                await unit.keep_memberships({(f"c{n}", "all"): Membership(True, Version(0, 0))})
        numbers = list(await store.members("all"))
        backwards = await store.customers_of(reversed(numbers))
        assert list(backwards) == [f"c{n}" for n in reversed(range(20))]

    async def test_nothing_of_a_failed_unit_is_kept(self, store: SegmentStore) -> None:
        before = await store.digest()
        with pytest.raises(Interrupted):
            async with store.unit() as unit:
                await unit.save(Changes(events={_EVENT: _SEEN}, latest=stamp_of(9)))
                await unit.keep_memberships({("c1", "all"): Membership(True, Version(0, 0))})
                await unit.advance({Partition(EVENTS, 0): 0}, {Partition(EVENTS, 0): 1})
                raise Interrupted
        assert await store.digest() == before
        assert await store.positions() == {}
        assert len(await store.members("all")) == 0
        async with store.unit() as unit:
            assert unit.latest == ""

    async def test_the_latest_stamp_only_grows(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            await unit.save(Changes(latest=stamp_of(9)))
            await unit.save(Changes(latest=stamp_of(3)))
            assert unit.latest == stamp_of(9)

    async def test_scans_go_in_order_of_names(self, store: SegmentStore) -> None:
        names = [EventName(source, str(n)) for source in ("web", "crm") for n in range(3)]
        async with store.unit() as unit:
            await unit.save(Changes(events=dict.fromkeys(names, _SEEN)))
            await unit.save(Changes(records={_RECORD: RecordState("c2", Version(0, 0), {})}))
            await unit.save(Changes(records={_OTHER: RecordState("c1", Version(0, 0), {})}))
            first = await unit.scan_events(None, 4)
            rest = await unit.scan_events(first[-1][0], 4)
            assert [name for name, _ in (*first, *rest)] == sorted(names)
            assert list(await unit.scan_customers("", 1)) == ["c1"]
            assert list(await unit.scan_customers("c1", 9)) == ["c2"]

    async def test_counts_of_another_counting_are_forgotten(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            assert await unit.definitions() == Definitions()
            await unit.redefine(Definitions("f1", "c1"))
            state = RecordState("c1", Version(0, 0), {"bought": 3})
            await unit.save(Changes(records={_RECORD: state}))
            await unit.redefine(Definitions("f2", "c1"))
            assert (await unit.records([_RECORD]))[_RECORD] == state
            others = Definitions("f2", "c2", {"a": ("A.x", "B.y"), "b": ()})
            await unit.redefine(others)
            assert not (await unit.records([_RECORD]))[_RECORD].counts
            assert await unit.definitions() == others

    async def test_emissions_name_every_member(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            await unit.keep_memberships({("c1", "all"): Membership(True, Version(0, 0))})
            await unit.keep_memberships({("c2", "all"): Membership(False, Version(0, 0))})
        emitted = [(e.customer, e.segment, e.member) async for e in store.emissions()]
        assert emitted == [("c1", "all", True)]

    async def test_restating_outranks_what_was_told(self, store: SegmentStore) -> None:
        async with store.unit() as unit:
            await unit.keep_memberships({("c1", "all"): Membership(True, Version(0, 4))})
            gone = MembershipChanged("c1", "all", Version(0, 4), member=False, at=1)
            await restate(unit, [gone])
            assert await unit.versions([("c1", "all")]) == {("c1", "all"): Version(0, 5)}
            assert await unit.inside({"c1": None}) == {"c1": frozenset()}
        (outgoing,) = await store.outgoing(10)
        assert outgoing.entry.id == "memberships:c1/all:0.5"

    async def test_counts_say_how_much_is_held(self, store: SegmentStore) -> None:
        live, ended = (ProfileState(Version(0, 0), alive, {}) for alive in (True, False))
        async with store.unit() as unit:
            await unit.save(
                Changes(
                    events={_EVENT: _SEEN},
                    records={_OTHER: RecordState("c1", Version(0, 0), {})},
                    profiles={"c1": live, "c2": ended},
                )
            )
            await unit.keep_memberships({("c1", "all"): Membership(True, Version(0, 0))})
            await unit.keep_memberships({("c2", "all"): Membership(False, Version(0, 0))})
        assert await store.counts() == {
            "events": 1,
            "records": 1,
            "customers": 1,
            "memberships": 1,
        }

    async def test_digest_names_customers_by_their_oldest_key(self, store: SegmentStore) -> None:
        digests = {await _digest_with(store, customer) for customer in ("c1", "c9")}
        assert len(digests) == 1


async def _digest_with(store: SegmentStore, customer: str) -> str:
    """The digest once `customer` holds the record and is the only member."""
    async with store.unit() as unit:
        version = Version(0, (await unit.records([_RECORD])).get(_RECORD) is not None)
        await unit.save(Changes(records={_RECORD: RecordState(customer, version, {})}))
        members = await store.members("all")
        for former in await store.customers_of(members):
            await unit.keep_memberships({(former, "all"): Membership(False, Version(0, 1))})
        await unit.keep_memberships({(customer, "all"): Membership(True, Version(0, 0))})
    return await store.digest()
