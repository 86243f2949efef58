import pytest
from c360_kernel.codec import decode
from c360_kernel.errors import Invalid
from c360_kernel.log.topics import EVENTS
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import (
    assigned_entry,
    ended_entry,
    event_entry,
    profile_entry,
    stamp_of,
)


class Bench:
    """A handler on a fresh store, and what it told so far."""

    def __init__(self, segments):
        self.store = MemorySegmentStore()
        self._handler = SegmentHandler(segments)

    async def take(self, *entries):
        async with self.store.unit() as unit:
            await self._handler.handle(unit, entries)

    async def segments_of(self, customer):
        return (await self.store.segments_of([customer])).get(customer, frozenset())

    async def told(self):
        return [decode("memberships", out.entry.data) for out in await self.store.outgoing(1000)]


@pytest.fixture
def bench(segments):
    return Bench(segments)


async def test_a_customer_without_a_profile_is_in_nothing(bench):
    await bench.take(assigned_entry("crm/a", "c1", 1), event_entry("crm/a", "1", "bought", 1))
    assert await bench.segments_of("c1") == frozenset()
    await bench.take(profile_entry("c1", 2, {"city": "Oslo"}))
    assert "buyers" in await bench.segments_of("c1")


async def test_unmerge_moves_exactly_what_a_record_contributed(bench):
    await bench.take(
        profile_entry("c1", 1, {"city": "Porto"}),
        assigned_entry("crm/a", "c1", 1),
        assigned_entry("web/a", "c1", 1),
        event_entry("crm/a", "1", "bought", 1),
        event_entry("web/a", "2", "bought", 2),
        event_entry("web/a", "3", "looked", 3),
    )
    assert await bench.segments_of("c1") == {"buyers", "repeat_buyers"}
    await bench.take(
        assigned_entry("web/a", "c2", 2, left="c1"), profile_entry("c2", 2, {"city": "Porto"})
    )
    assert await bench.segments_of("c1") == {"buyers"}
    assert await bench.segments_of("c2") == {"buyers"}
    await bench.take(assigned_entry("web/a", "c1", 3, left="c2"), ended_entry("c2", 3, "c1"))
    assert await bench.segments_of("c1") == {"buyers", "repeat_buyers"}
    assert await bench.segments_of("c2") == frozenset()


async def test_an_earlier_stamped_duplicate_takes_the_event_away(bench):
    await bench.take(
        profile_entry("c1", 1, {}),
        profile_entry("c2", 1, {}),
        assigned_entry("crm/a", "c1", 1),
        assigned_entry("crm/b", "c2", 1),
        event_entry("crm/a", "1", "bought", 7),
    )
    assert "buyers" in await bench.segments_of("c1")
    await bench.take(event_entry("crm/b", "1", "bought", 3))
    assert "buyers" not in await bench.segments_of("c1")
    assert "buyers" in await bench.segments_of("c2")


async def test_an_ended_customer_leaves_and_says_so(bench):
    await bench.take(profile_entry("c1", 1, {"tier": "gold", "city": "Porto"}))
    await bench.take(ended_entry("c1", 2))
    entered, left = await bench.told()
    assert (entered.segment, entered.member, left.member) == ("golden", True, False)
    assert left.why == "customer ended"
    assert left.version > entered.version


async def test_only_changes_are_told(bench):
    await bench.take(profile_entry("c1", 1, {"tier": "gold", "city": "Porto"}))
    await bench.take(profile_entry("c1", 2, {"tier": "gold", "city": "Paris", "points": 3}))
    assert [(change.segment, change.member) for change in await bench.told()] == [("golden", True)]


async def test_reasons_name_traits_and_counts_but_no_value(bench):
    await bench.take(
        profile_entry("c1", 1, {"tier": "gold", "city": "Porto"}),
        assigned_entry("crm/a", "c1", 1),
        event_entry("crm/a", "1", "bought", 1, {"amount": 20.0}),
    )
    reasons = {change.segment: change.why for change in await bench.told()}
    assert reasons["golden"] == "tier in holds"
    assert reasons["buyers"] == "bought counted 1"
    assert not any(value in why for why in reasons.values() for value in ("gold", "Porto", "20"))


async def test_an_entry_inherits_from_its_cause(bench):
    await bench.take(profile_entry("c1", 1, {"city": "Porto"}), assigned_entry("crm/a", "c1", 1))
    await bench.take(event_entry("crm/a", "1", "bought", 77))
    (out,) = await bench.store.outgoing(10)
    assert (out.entry.stamp, out.entry.time) == (stamp_of(77), 77)
    assert (out.entry.topic, out.entry.key) == ("memberships", "c1")
    assert out.entry.id == "memberships:c1/buyers:0.0"


async def test_a_malformed_entry_is_refused(bench):
    good = event_entry("crm/a", "1", "bought", 1)
    bad = type(good)(EVENTS, 0, 0, "crm/a", "x", "t", "s", "crm/a", 1, stamp_of(1), b"\xff\xff")
    with pytest.raises(Invalid, match="not a payload"):
        await bench.take(good, bad)
    assert await bench.store.positions() == {}
