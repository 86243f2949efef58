"""The supergraph: composed from what subgraphs say, kept on disk, renewed on change."""

import asyncio

import pytest
from c360_federation.compose import CompositionError
from c360_gateway.app import refresh_forever
from c360_gateway.supergraph import source as keeper_module
from c360_gateway.supergraph.sdl import LocalSdl
from c360_gateway.supergraph.source import ComposedSource
from c360_kernel.errors import Transient

from services.gateway.tests.streams import SOON_S

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
GOOD = f"{LINK} type Query {{ a: String }}"
MORE = f"{LINK} type Query {{ a: String b: String }}"


class Changing:
    """A subgraph that says what it is told to, or nothing."""

    def __init__(self, sdl):
        self.text = sdl

    async def sdl(self):
        if self.text is None:
            raise Transient("gone")
        return self.text


@pytest.fixture
def used():
    return []


@pytest.fixture
def keep(tmp_path, used):
    async def use(supergraph):
        used.append(supergraph)

    return lambda **sources: ComposedSource(sources, tmp_path / "s.graphql", use)


async def test_it_is_composed_used_and_kept(keep, used, tmp_path):
    supergraph_source = keep(one=LocalSdl(lambda: GOOD))
    await supergraph_source.start()
    assert used == [supergraph_source.current] == [(tmp_path / "s.graphql").read_text()]


async def test_the_last_good_one_serves_while_a_subgraph_is_missing(keep, used):
    await keep(one=Changing(GOOD)).start()
    missing = Changing(None)
    supergraph_source = keep(one=missing)
    await supergraph_source.start()
    assert supergraph_source.missing == ("one",)
    assert len(used) == 2
    missing.text = MORE
    await supergraph_source.refresh()
    assert supergraph_source.missing == ()
    assert "b: String" in used[-1]


async def test_with_nothing_at_all_there_is_no_supergraph_and_no_error(keep, used):
    supergraph_source = keep(one=Changing(None))
    await supergraph_source.start()
    assert (supergraph_source.current, used) == (None, [])


async def test_a_change_is_taken_and_sameness_is_not(keep, used):
    source = Changing(GOOD)
    supergraph_source = keep(one=source)
    await supergraph_source.start()
    await supergraph_source.refresh()
    source.text = MORE
    await supergraph_source.refresh()
    assert len(used) == 2


async def test_a_change_that_does_not_compose_keeps_what_is(keep, used, caplog):
    source = Changing(GOOD)
    supergraph_source = keep(one=source)
    await supergraph_source.start()
    source.text = "type Query {"
    await supergraph_source.refresh()
    assert len(used) == 1
    assert "supergraph not taken" in caplog.text


async def test_a_first_one_that_does_not_compose_stops_the_start(keep):
    with pytest.raises(CompositionError):
        await keep(one=Changing("type Query {")).start()


async def test_a_first_one_that_does_not_compose_later_on_is_waited_out(keep, used, monkeypatch):
    monkeypatch.setattr(keeper_module, "_RETRY_S", 0.01)
    monkeypatch.setattr(keeper_module, "_REFRESH_S", 0.01)
    source = Changing(None)
    supergraph_source = keep(one=source)
    await supergraph_source.start()
    watching = asyncio.create_task(refresh_forever(supergraph_source, 0.01))
    source.text = "type Query {"
    while supergraph_source.missing:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    source.text = GOOD
    async with asyncio.timeout(SOON_S):
        while not used:
            await asyncio.sleep(0.01)
    watching.cancel()


async def test_a_new_supergraph_changes_what_is_answered_without_a_restart(world):
    before = world.gateway.pipeline.graph
    world.gateway.supergraph_source._sdls = {}
    await world.gateway.supergraph_source.refresh()
    assert world.gateway.pipeline.graph is before
    world.gateway.supergraph_source.current = None
    world.gateway.supergraph_source._sdls = {}
    await world.gateway.supergraph_source.refresh()
    assert world.gateway.pipeline.graph is not before
