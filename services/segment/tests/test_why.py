"""Why somebody is in a segment is what put them there, and when it changes is when it does."""

from dataclasses import dataclass

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.testing.visibility import everything
from c360_segment.domain.batch import BatchEvaluator
from c360_segment.domain.explained.why import explain
from c360_segment.store.seeing import known_as_seen
from c360_segment.testing import MemorySegmentStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.segment.tests import test_over_time as worlds
from services.segment.tests.test_over_time import HOUR, SEGMENTS, TICKS, histories

TOLD = everything(parse_catalog(worlds.CATALOG, "catalog.yaml"))
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Explained:
    """A world that has been lived through, and what is said of everybody in it."""

    world: worlds.World
    whys: dict

    @classmethod
    async def after(cls, entries, ticks):
        bench, world = worlds.Bench(MemorySegmentStore()), worlds.World()
        for entry in entries:
            world.hear(entry)
        await bench.take(entries)
        for at in sorted(ticks):
            world.tick = max(world.tick, at)
            await bench.tick(at)
        whys = {}
        for name, segment in SEGMENTS.by_name.items():
            asked = worlds.CUSTOMERS, SEGMENTS.watched, segment
            for customer, known in (await known_as_seen(bench.store, *asked)).items():
                whys[customer, name] = explain(segment, known, SEGMENTS, TOLD)
        return cls(world, whys)

    def holding(self, tick):
        """Who is in what at a later tick if nothing happens, by the oracle."""
        owners = {r: said.customer for r, said in self.world.owners.items() if said.customer}
        said = self.world.links(), self.world.traits_of_accounts(), self.world.told
        batch = BatchEvaluator(self.world.events.values(), owners, self.world.profiles, tick, *said)
        members = batch.members(SEGMENTS)
        return {(c, name): c in found for name, found in members.items() for c in worlds.CUSTOMERS}


async def check(data, entries, ticks):
    told = await Explained.after(entries, ticks)
    now = told.holding(told.world.tick)
    assert {place: now[place] for place in told.whys} == {
        place: why.is_member for place, why in told.whys.items()
    }
    moments = {why.changes_at for why in told.whys.values() if why.changes_at is not None}
    hours = data.draw(st.lists(st.integers(0, 24 * 90), min_size=3, max_size=6))
    tried = {worlds.BEGIN + hour * HOUR for hour in hours}
    for at in sorted({one for m in moments for one in (m - 1, m)} | tried):
        if at < told.world.tick:
            continue
        then = told.holding(at)
        for place, why in told.whys.items():
            if why.changes_at is None or at < why.changes_at:
                assert then[place] is why.is_member, (place, at)
            elif at == why.changes_at:
                assert then[place] is not why.is_member, (place, at)


@QUICK
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_membership_and_changes_when_the_batch_does(data, entries, ticks):
    await check(data, entries, ticks)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), entries=histories(), ticks=TICKS)
async def test_it_is_so_at_length(data, entries, ticks):
    await check(data, entries, ticks)
