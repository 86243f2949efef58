"""A graph is put to use only under a policy whose denials are about something in it."""

import asyncio
import logging

from c360_gateway.supergraph import source
from c360_gateway.supergraph.sdl import LocalSdl
from c360_gateway.supergraph.source import ComposedSource
from c360_policy.reading.names import Vocabulary
from c360_policy.reading.parsing import parse_policy
from c360_policy.reading.seal import sealed
from c360_policy.schema.reach import Inapplicable
from c360_policy.store import files
from c360_policy.store.versions import replace_whole

from services.gateway.tests.streams import SOON_S

GRANT = "p, agent, *, read, , allow, *, , , granted\n"


def line(effect, obj, role="agent"):
    return f"p, {role}, {obj}, read, , {effect}, *, , , r1\n"


async def test_a_deny_of_nothing_keeps_the_gateway_from_being_ready_until_it_is_mended(
    make_world, caplog, monkeypatch
):
    monkeypatch.setattr(files, "_WATCH_S", 0.01)
    monkeypatch.setattr(source, "_RETRY_S", 0.01)
    deny = line("deny", role="support_agent", obj="Profile.fone")
    policy = GRANT.replace("agent", "support_agent") + deny
    world = await make_world(policy=policy)
    kept = world.gateway.supergraph_source
    assert (kept.current, kept.refused.code) == (None, "POLICY_INVALID")
    assert "supergraph not taken: POLICY_INVALID: line 2" in caplog.text
    assert (await world.ready())["refused"] == "POLICY_INVALID"
    answer = await world.ask("{ __typename }", "support_agent")
    assert answer["errors"][0]["extensions"]["code"] == "SUPERGRAPH_UNAVAILABLE"
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        file = world.settings.policy_directory / "policy.csv"
        replace_whole(file, sealed(policy.replace("fone", "tier")))
        async with asyncio.timeout(SOON_S):
            while kept.current is None:
                await asyncio.sleep(0.01)
    answer = await world.ask('{ customer(id: "c1") { id profile { tier } } }', "support_agent")
    assert answer["data"]["customer"] == {"id": "c1", "profile": None}
    assert "refused" not in await world.ready()


async def test_a_schema_that_orphans_a_deny_in_force_waits_for_another_policy(tmp_path, caplog):
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
    entries = [f"{link} type Query {{ a: String b: String }}"]
    policy = [parse_policy(GRANT + line("deny", obj="Query.b"))]
    vocabulary = Vocabulary(None)

    async def use(supergraph):
        names = ("Query.a", "Query.b") if "b: String" in supergraph else ("Query.a",)
        vocabulary.use(dict.fromkeys(names, frozenset()), Inapplicable(), lambda: policy[0])

    kept = ComposedSource({"one": LocalSdl(lambda: entries[0])}, tmp_path / "s.graphql", use)
    await kept.start()
    good = kept.current
    entries[0] = f"{link} type Query {{ a: String }}"
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            await kept.refresh()
    assert kept.current == good == (tmp_path / "s.graphql").read_text()
    assert kept.refused.code == "POLICY_INVALID"
    assert caplog.text.count("supergraph not taken") == 1
    policy[0] = parse_policy(GRANT)
    await kept.refresh()
    assert "b: String" not in kept.current
    assert kept.refused is None
