"""Watching that goes on after a cursor: nothing missed in between, nothing told twice."""

import asyncio
import contextlib
from dataclasses import replace

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.watch.customer_changes import CustomerChanges
from c360_gateway.watch.errors import CursorRefused, HistorySuppressed, LogAway, Overrun
from c360_gateway.watch.places import Begin, Places
from c360_gateway.watch.segments import SegmentWatch
from c360_gateway.watch.told import ToldChanges
from c360_kernel.context import CallerContext
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.payload import MembershipChanged, ProfileChanged
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import clock, new_entry
from c360_kernel.version import Version
from hypothesis import given, settings
from hypothesis import strategies as st

SOON_S = 60
CALLER = CallerContext("ann", ("support_agent",))
CONTEXT = OperationContext(
    CALLER, Principal("ann", ("support_agent",), "", frozenset(), expires_at=0)
)


class Lookup:
    """Identity and profile: `h` is hidden by rows."""

    def __init__(self):
        self.merged = {}

    async def present(self, customer, context):
        return self.merged.get(customer, customer)

    async def shows(self, customer, context):
        return not (context.caller.predicate and customer == "h")


class Gate:
    """The segment service, which tells of all but `secret`."""

    async def shows(self, change, context):
        return change.segment != "secret"


class World:
    """One process that watches a log."""

    def __init__(self, log=None, most_waiting=100):
        self.log = log or MemoryLog()
        self.lookup = Lookup()
        places = Places(self.log, SEALER)
        self.segments = SegmentWatch(self.log, places, most_waiting)
        self.customers = CustomerChanges(self.log, places, most_waiting)
        self.told = ToldChanges(self.segments, self.customers, places, self.lookup, Gate())
        self.count = 0

    async def joins(self, customer, segment="vip"):
        self.count += 1
        change = MembershipChanged(customer, segment, Version(0, self.count), True, self.count)
        await self.log.append([new_entry(MEMBERSHIPS, customer, change)])
        return (customer, self.count)

    async def says(self, customer, **more):
        self.count += 1
        change = ProfileChanged(customer, Version(0, self.count), **more)
        await self.log.append([new_entry(PROFILES, customer, change)])


async def now(told):
    """One event that is there, or comes."""
    async with asyncio.timeout(SOON_S):
        return await anext(told)


async def begun(told):
    """A subscription without a cursor, which listens from now on, and its first event to come."""
    first = asyncio.ensure_future(anext(told))
    for _ in range(30):
        await asyncio.sleep(0)
    return first


def seen(one):
    return one.change.customer, one.change.at


async def test_what_came_in_between_is_told_first_and_once():
    world = World()
    told = world.told.of_segment("vip", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        before = await world.joins("c1")
        heard = await first
    assert seen(heard) == before
    missed = [await world.joins(f"c{n}") for n in range(2, 6)]
    await world.joins("c9", "other")
    again = world.told.of_segment("vip", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        found = [await now(again) for _ in missed]
        assert sorted(map(seen, found)) == sorted(missed)
        live = await world.joins("c7")
        assert seen(await now(again)) == live


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(("join", "take", "again")), max_size=30), st.integers(1, 3))
def test_every_change_is_told_once_however_often_it_is_begun_again(steps, people):
    async def run():
        world, joined, found, cursor = World(), [], [], None
        told = world.told.of_segment("vip", None, CONTEXT)
        first = await begun(told)
        joined.append(await world.joins("c0"))
        one = await first
        found.append(seen(one))
        cursor = one.cursor
        for number, step in enumerate(steps):
            if step == "join":
                joined.append(await world.joins(f"c{number % people}"))
            elif step == "again":
                await told.aclose()
                told = world.told.of_segment("vip", cursor, CONTEXT)
            elif len(found) < len(joined):
                one = await now(told)
                found.append(seen(one))
                cursor = one.cursor
        while len(found) < len(joined):
            found.append(seen(await now(told)))
        await told.aclose()
        assert sorted(found) == sorted(joined)

    asyncio.run(run())


async def test_a_customer_is_followed_through_a_merge_that_was_missed():
    world = World()
    told = world.told.of_customer("c2", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        await world.says("c2")
        heard = await first
    await world.joins("c2")
    await world.says("c9")
    world.lookup.merged["c2"] = "c1"
    await world.says("c2", ended=True, successor="c1")
    await world.says("c1")
    await world.joins("c1", "gold")
    again = world.told.of_customer("c2", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        found = [(await now(again)).change for _ in range(4)]
        assert {(one.topic, one.customer, one.ended) for one in found} == {
            (MEMBERSHIPS, "c2", ""),
            (PROFILES, "c1", "c2"),
            (PROFILES, "c1", ""),
            (MEMBERSHIPS, "c1", ""),
        }
        await world.joins("c1", "new")
        live = (await now(again)).change
        assert live.membership is not None
        assert live.membership.segment == "new"


async def test_what_may_not_be_told_is_left_out_of_what_was_missed():
    world = World()
    told = world.told.of_customer("h", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        await world.says("h")
        heard = await first
    await world.joins("h", "secret")
    shown = await world.joins("h", "vip")
    again = world.told.of_customer("h", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        assert seen(await now(again)) == shown
    rows = replace(CALLER, predicate=object())
    hidden = world.told.of_customer("h", heard.cursor, replace(CONTEXT, caller=rows))
    async with contextlib.aclosing(hidden):
        waiting = await begun(hidden)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def refusal(told):
    async with contextlib.aclosing(told):
        with pytest.raises(Exception) as refused:
            await now(told)
        return type(refused.value)


async def cursor_of(world):
    told = world.told.of_segment("vip", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        await world.joins("c1")
        return (await first).cursor


async def test_places_of_others_are_refused():
    world = World()
    cursor = await cursor_of(world)
    other = World()
    assert await refusal(other.told.of_segment("vip", cursor, CONTEXT)) is CursorRefused
    assert await refusal(world.told.of_segment("vip", "none", CONTEXT)) is CursorRefused
    assert await refusal(world.told.of_customer("c1", cursor, CONTEXT)) is CursorRefused


async def test_who_is_told_of_no_small_group_is_told_no_history():
    world = World()
    cursor = await cursor_of(world)
    few = replace(CONTEXT, caller=replace(CALLER, smallest_group=5))
    assert await refusal(world.told.of_segment("vip", cursor, few)) is HistorySuppressed


async def test_a_log_that_is_away_is_told_of():
    class Away(MemoryLog):
        async def ends(self, topics):
            raise Transient("away", code="LOG_UNAVAILABLE")

    world = World(Away())
    assert await refusal(world.told.of_segment("vip", "some", CONTEXT)) is LogAway


async def test_the_first_change_waits_for_a_log_that_cannot_say_which_it_is():
    class Unsure(MemoryLog):
        asked = 0

        async def identity(self):
            self.asked += 1
            if self.asked < 3:
                raise Transient("away", code="LOG_UNAVAILABLE")
            return await super().identity()

    world = World(Unsure())
    told = world.told.of_segment("vip", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        joined = await world.joins("c1")
        async with asyncio.timeout(SOON_S):
            assert seen(await first) == joined


async def test_what_comes_while_it_begins_is_told_once():
    class Busy(MemoryLog):
        """Something is appended right after somebody asked for its end."""

        joins = None

        async def ends(self, topics):
            found = await super().ends(topics)
            if self.joins is not None:
                joins, self.joins = self.joins, None
                await joins("c5")
            return found

    world = World(Busy())
    cursor = await cursor_of(world)
    places, topics = Places(world.log, SEALER), [MEMBERSHIPS]
    place = await places.at(await places.list_of(topics), topics, cursor, Begin.OLDEST)
    changes = world.segments.changes("vip", place)
    async with contextlib.aclosing(changes):
        world.log.joins = world.joins
        found = [(await now(changes)).told.customer]
        await world.joins("c6")
        found.append((await now(changes)).told.customer)
    assert found == ["c5", "c6"]


async def test_who_falls_behind_goes_on_after_the_last_cursor():
    world = World(most_waiting=2)
    told = world.told.of_segment("vip", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        joined = [await world.joins("c1")]
        heard = await first
        joined += [await world.joins(f"c{n}") for n in range(2, 8)]
        assert await refusal(told) is Overrun
    again = world.told.of_segment("vip", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        found = [seen(heard)] + [seen(await now(again)) for _ in joined[1:]]
    assert sorted(found) == sorted(joined)


async def test_what_a_merge_has_made_of_segments_is_told_after_the_merge():
    """What services make of an entry has its stamp, which says nothing of their order."""
    world = World()
    told = world.told.of_customer("c2", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        await world.says("c2")
        heard = await first
    cause = clock.next()
    gone = ProfileChanged("c2", Version(0, 9), ended=True, successor="c1")
    gold = MembershipChanged("c1", "gold", Version(0, 9), True, 9)
    await world.log.append([new_entry(PROFILES, "c2", gone, cause)])
    await world.log.append([new_entry(MEMBERSHIPS, "c1", gold, cause)])
    again = world.told.of_customer("c2", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        found = [(await now(again)).change for _ in range(2)]
    assert [one.topic for one in found] == [PROFILES, MEMBERSHIPS]


async def test_a_merge_that_identity_knows_first_is_told_to_who_goes_on():
    world = World()
    told = world.told.of_customer("c2", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        await world.says("c2")
        heard = await first
    world.lookup.merged["c2"] = "c1"
    again = world.told.of_customer("c2", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        merge = await begun(again)
        await world.says("c2", ended=True, successor="c1")
        async with asyncio.timeout(SOON_S):
            assert (await merge).change.ended == "c2"


async def test_a_segment_that_a_merge_leads_into_is_heard_though_profiles_are_read_late():
    class Late(MemoryLog):
        """Gives profiles only when it is asked again."""

        is_late = False

        async def read(self, partition, offset, limit):
            if self.is_late and partition.topic == PROFILES:
                self.is_late = False
                raise Transient("away", code="LOG_UNAVAILABLE")
            return await super().read(partition, offset, limit)

    world = World(Late())
    told = world.told.of_customer("c2", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        world.log.is_late = True
        await world.says("c2", ended=True, successor="c1")
        await world.joins("c1", "gold")
        async with asyncio.timeout(SOON_S):
            assert (await first).change.ended == "c2"
        assert seen(await now(told)) == ("c1", 2)


async def test_what_comes_while_what_is_kept_is_read_waits_for_the_merge_before_it():
    class Busy(MemoryLog):
        """Somebody is merged while memberships are read."""

        merges = None

        async def read(self, partition, offset, limit):
            if self.merges is not None and partition.topic == MEMBERSHIPS:
                merges, self.merges = self.merges, None
                await merges()
            return await super().read(partition, offset, limit)

    async def merges():
        await world.says("c2", ended=True, successor="c1")
        await world.joins("c1", "gold")

    world = World(Busy())
    told = world.told.of_customer("c2", None, CONTEXT)
    async with contextlib.aclosing(told):
        first = await begun(told)
        await world.says("c2")
        heard = await first
    await world.joins("c1", "other")
    await world.joins("c2")
    again = world.told.of_customer("c2", heard.cursor, CONTEXT)
    async with contextlib.aclosing(again):
        world.log.merges = merges
        found = [(await now(again)).change for _ in range(3)]
    assert [(one.topic, one.customer) for one in found] == [
        (MEMBERSHIPS, "c2"),
        (PROFILES, "c1"),
        (MEMBERSHIPS, "c1"),
    ]


async def test_others_are_served_while_what_is_kept_is_read():
    class Read(MemoryLog):
        """Knows at which of the turns of others it was read."""

        turn = 0

        async def read(self, partition, offset, limit):
            turns.add(self.turn)
            return await super().read(partition, offset, limit)

    async def others():
        while True:
            await asyncio.sleep(0)
            world.log.turn += 1

    world, turns = World(Read()), set()
    cursor = await cursor_of(world)
    for n in range(3_000):
        await world.joins(f"c{n}", "other")
    await world.joins("c1")
    served = asyncio.ensure_future(others())
    again = world.told.of_segment("vip", cursor, CONTEXT)
    turns.clear()
    async with contextlib.aclosing(again):
        assert (await now(again)).change.customer == "c1"
    served.cancel()
    assert len(turns) >= 6


@pytest.mark.parametrize("customer", ["", "c1"])
async def test_a_cursor_of_the_feed_is_none_of_a_customer(customer):
    world = World()
    places = Places(world.log, SEALER)
    list_ = await places.list_of([PROFILES, MEMBERSHIPS])
    cursor = places.cursor(list_, await world.log.ends([PROFILES, MEMBERSHIPS]))
    assert await refusal(world.told.of_customer(customer, cursor, CONTEXT)) is CursorRefused
