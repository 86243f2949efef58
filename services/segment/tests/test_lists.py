"""Lists that people fill by hand, as callers see them who are told of no small group."""

from dataclasses import replace

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.context import CallerContext
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_segment.domain.segments import compile_segments
from c360_segment.graph import segment_subgraph
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import Said, profile_entry

CATALOG = parse_catalog(
    "sources: {crm: {priority: 0}}\nsegments: {guests: {condition: {list: guests}}}\n", "c"
)
SEGMENTS = compile_segments(CATALOG)
VISIBLE = everything(CATALOG)
CALLER = CallerContext(
    "analyst",
    ("r",),
    visibility=replace(VISIBLE, used=VISIBLE.used | {"Customer.segments"}),
    smallest_group=10,
)
MEMBERS = '{ segment(name: "guests") { size members(first: 50) { edges { node { id } } } } }'


async def put(store, version, on, off=()):
    listed = Said({}, (), {"list:guests": True})
    entries = [profile_entry(f"c{n}", version, {}, listed) for n in on]
    entries += [profile_entry(f"c{n}", version, {}) for n in off]
    async with store.unit() as unit:
        await SegmentHandler(SEGMENTS).handle(unit, entries)


async def test_who_is_put_on_a_list_is_not_told_by_listing_it_again():
    """Who fills it chooses by whom two listings of it differ."""
    store = MemorySegmentStore()
    await put(store, 0, range(12), range(12, 60))
    graph = segment_subgraph(store, SEGMENTS, SEALER)

    async def listed():
        answer = await graph.execute(MEMBERS, {}, None, CALLER)
        found = answer["data"]["segment"]
        return found["size"], found["members"] and len(found["members"]["edges"])

    assert await listed() == await listed() == (10, 12)
    await put(store, 1, [30])
    assert await listed() == (10, None)
    await put(store, 1, range(31, 45))
    assert await listed() == (25, 27)
