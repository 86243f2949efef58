"""Another supergraph while questions are being answered and subscriptions run."""

import asyncio

import pytest
from c360_federation.errors import SupergraphError
from c360_kernel.metrics import PLAN_CACHE_MISSES

from services.gateway.tests.streams import customer, listen

TIERS = '{ customer(id: "c1") { profile { tier phone } } }'


@pytest.fixture
def world(followed_world):
    return followed_world


async def renew(world):
    """Lets a subgraph say another schema, and the gateway hear of it."""
    before, subgraph = world.gateway.pipeline.graph, world.subgraphs["people"].inner
    answer = subgraph.sdl()
    subgraph.sdl = lambda: answer.replace("type Query {", "type Query {\n  added: String", 1)
    await world.gateway.supergraph_source.refresh()
    assert world.gateway.pipeline.graph is not before


async def test_a_changed_schema_is_answered_by_another_graph(world):
    assert "errors" in await world.ask("{ added }", "support_agent")
    await renew(world)
    answer = await world.ask("{ __typename }", "support_agent")
    assert answer == {"data": {"__typename": "Query"}}
    prepared = world.gateway.pipeline.graph.engine.prepare("{ added }")
    assert prepared.coordinates == {"Query.added"}


async def test_what_was_asked_is_planned_ahead_for_each_policy_in_use(world):
    roles = ("support_agent", "marketing_analyst", "privacy_officer")
    before = [await world.ask(TIERS, role) for role in roles]
    await renew(world)
    engine = world.gateway.pipeline.graph.engine
    planned, missed = engine.compilations, PLAN_CACHE_MISSES.value()
    assert planned == 3
    assert [await world.ask(TIERS, role) for role in roles] == before
    assert (engine.compilations, PLAN_CACHE_MISSES.value()) == (planned, missed)


async def test_no_question_is_dropped_while_schemas_change(world):
    first = world.gateway.supergraph_source.current
    await renew(world)
    second, answers = world.gateway.supergraph_source.current, []

    async def querying():
        while len(answers) < 60:
            answers.append(await world.ask(TIERS, "support_agent"))

    async def renewing():
        for supergraph in [first, second] * 3:
            await world.gateway.supergraph_source.take(supergraph)

    await asyncio.gather(querying(), querying(), renewing())
    profile = {"tier": "gold", "phone": "***8000"}
    assert all(one["data"] == {"customer": {"profile": profile}} for one in answers)
    assert not any("errors" in one for one in answers)


async def test_a_subscription_stays_with_the_graph_that_it_began_with(world, change):
    reply = listen(world, "support_agent")
    await reply.started()
    await change("c1")
    assert customer((await reply.event())[1])["id"] == "c1"
    await renew(world)
    await change("c2")
    assert customer((await reply.event())[1])["mainPhone"] == "***8000"
    await reply.hang_up()


async def test_a_supergraph_that_cannot_be_used_changes_nothing(world):
    before = world.gateway.pipeline.graph
    with pytest.raises(SupergraphError):
        await world.gateway.supergraph_source.take("type Query {")
    assert world.gateway.pipeline.graph is before
    assert "errors" not in await world.ask(TIERS, "privacy_officer")
