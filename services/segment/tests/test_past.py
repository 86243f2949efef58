"""What was so of customers, by what their profiles told: whatever order that is read in."""

import itertools
from dataclasses import replace

from c360_kernel.version import Version
from c360_segment.domain.batch import BatchEvaluator
from c360_segment.domain.past import Past, Profiled, Telling, Was, past_of, was_at, worth_keeping
from c360_segment.domain.state import ProfileState
from c360_segment.domain.trying import Life, was_so
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import ended_entry, profile_entry
from hypothesis import given, settings
from hypothesis import strategies as st

from services.segment.tests.conftest import segments_of

DAY = 86_400_000
NAMES = frozenset({"tier"})
LONG_SILVER = segments_of(
    "segments: {long_silver: {condition: {held: {trait: tier, op: equals, value: silver},"
    " for: 10 days}}}"
)


def told(counter, at, tier=None, *, successor=None, epoch=0):
    """A profile of that tier; with a successor one that has ended."""
    traits = {"points": counter} if tier is None else {"tier": tier, "points": counter}
    profile = ProfileState(Version(epoch, counter), successor is None, traits)
    return Profiled(profile, at, successor or "")


def kept(batches, names=NAMES):
    """All that is kept of profiles that come in batches."""
    known, held = None, []
    for some in batches:
        held += worth_keeping(known, held, some, names)
        profiles = [one.profile for one in some]
        known = max([*profiles, *([known] if known else [])], key=lambda one: one.version)
    return held


def whole(profiles):
    return [
        Telling(p.version, at, {n: v for n, v in p.traits.items() if n in NAMES}, p.live, successor)
        for p, at, successor in profiles
    ]


@st.composite
def histories(draw):
    """Versions without a gap, each with a stamp of its own, which may go back."""
    found = []
    for counter in range(1, draw(st.integers(1, 7)) + 1):
        ends = draw(st.integers(0, 4)) == 0
        tier, at = draw(st.sampled_from(["gold", "silver", None])), draw(st.integers(0, 12))
        found.append(told(counter, at, tier, successor="s" if ends else None))
    return found


@settings(max_examples=300, deadline=None)
@given(data=st.data(), profiles=histories())
def test_what_is_not_kept_is_not_missed(data, profiles):
    again = data.draw(st.lists(st.sampled_from(profiles), max_size=3))
    order = data.draw(st.permutations([*profiles, *again]))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(order)), max_size=3)) | {0, len(order)})
    held = {one.version: one for one in kept(order[a:b] for a, b in itertools.pairwise(cuts))}
    everything, some = past_of("c", Past(whole(profiles))), past_of("c", Past([*held.values()]))
    for at in range(-1, 14):
        assert was_at(some, at) == was_at(everything, at)
    as_guest = [past_of("s", Past(told_of_s(), [one])) for one in (held.values(), whole(profiles))]
    for at in range(-1, 14):
        assert was_at(as_guest[0], at) == was_at(as_guest[1], at)


def told_of_s():
    return whole(told(n, at, tier) for n, (at, tier) in enumerate([(0, "a"), (4, "b"), (8, "c")]))


def test_one_that_says_the_same_is_not_kept():
    """A customer is told of with every event, and its tier is not another for it."""
    assert len(kept([[told(n, n, "gold")] for n in range(1, 100)])) == 1
    assert len(kept([[told(n, n, "gold") for n in range(1, 100)]])) == 1
    gap = [[told(1, 1, "gold")], [told(3, 3, "gold")]]
    assert len(kept(gap)) == 2, "there may be another between them"
    anew = [[told(1, 1, "gold")], [told(2, 2, "gold", epoch=1)]]
    assert len(kept(anew)) == 2


def test_an_earlier_stamp_of_a_later_version_counts():
    assert past_of("c", Past(kept([[told(1, 9, "gold")], [told(2, 4, "gold")]]))) == [
        Was(4, {"tier": "gold"})
    ]


async def members(*entries, tick, batches=1, later=()):
    store, handler = MemorySegmentStore(), SegmentHandler(LONG_SILVER)
    size = -(-len(entries) // batches)
    for begin in range(0, len(entries), size):
        async with store.unit() as unit:
            await handler.handle(unit, entries[begin : begin + size])
    async with store.unit() as unit:
        await unit.tick(tick)
        due = await unit.take_due(99)
        await handler.wake(unit, due)
    for entry in later:
        async with store.unit() as unit:
            await handler.handle(unit, [entry])
    return sorted(await store.customers_of(await store.members("long_silver")))


def silver(customer, counter, day):
    return profile_entry(customer, counter, {"tier": "silver"}, stamp=day * DAY)


def gold(customer, counter, day):
    return profile_entry(customer, counter, {"tier": "gold"}, stamp=day * DAY)


MERGED = [
    silver("older", 1, 100),
    silver("younger", 1, 100),
    gold("older", 2, 120),
    ended_entry("younger", 2, "older", 120 * DAY),
]
APART = [silver("older", 3, 125), silver("younger", 3, 125)]


async def test_a_merge_that_is_taken_back_leaves_no_trace():
    """Whoever came back, and whom it was a part of, are what they were before."""
    for order in itertools.permutations([*MERGED, *APART]):
        assert await members(*order, tick=126 * DAY, batches=6) == ["older", "younger"]


async def test_who_comes_back_changes_the_past_of_whom_nothing_new_is_told():
    own = silver("older", 3, 122)
    assert await members(*MERGED, own, tick=126 * DAY) == []
    back = [silver("younger", 3, 125)]
    assert await members(*MERGED, own, tick=126 * DAY, later=back) == ["older", "younger"]


async def test_a_merge_that_stands_changes_whoever_others_became_a_part_of():
    assert await members(*MERGED, tick=126 * DAY) == []
    again = silver("older", 3, 121)
    assert await members(*MERGED, again, tick=126 * DAY) == []
    assert await members(*MERGED, again, tick=131 * DAY) == ["older"]


async def test_it_begins_with_the_stamp_of_the_profile_that_said_so():
    for tick, expected in ((110 * DAY - 1, []), (110 * DAY, ["c1"])):
        assert await members(silver("c1", 1, 100), tick=tick) == expected


def test_the_oracle_tells_a_merge_that_is_taken_back_as_well():
    condition = LONG_SILVER.by_name["long_silver"].condition
    own = [told(1, 100 * DAY, "silver"), told(2, 120 * DAY, "gold"), told(3, 125 * DAY, "silver")]
    guest = [told(1, 0, "gold"), told(2, 120 * DAY, successor="c"), told(3, 125 * DAY, "gold")]
    life = Life(126 * DAY, {"tier": "silver"}, (), "c", told=own, joined=[guest])
    assert was_so(condition.over, life)
    assert not was_so(condition.over, life._replace(joined=[guest[:2]]))
    profiles = {"c": replace(own[-1].profile), "g": guest[-1].profile}
    batch = BatchEvaluator((), {}, profiles, 126 * DAY, (), told={"c": own, "g": guest})
    assert batch.members(LONG_SILVER) == {"long_silver": frozenset({"c"})}
