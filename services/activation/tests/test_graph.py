"""What a caller is answered of destinations and deliveries."""

import pytest
from c360_activation.domain.delivery import Outcome, Standing
from c360_activation.graph import activation_subgraph
from c360_activation.testing import MemoryActivationStore
from c360_activation.testing.entries import DESTINATIONS, PLACE, message
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext, SubgraphKeys
from c360_kernel.cursors import CursorSealer

SEALER = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))
CALLER = CallerContext("ann", ("auditor",))
_PAGE = """query($after: String) { destinations { name kind purpose segments disabled
  deliveries(first: 2, after: $after) {
    edges { node { id type customer segment status attempts code due } }
    pageInfo { hasNextPage endCursor } } } }"""


@pytest.fixture
async def store():
    store = MemoryActivationStore()
    await store.admit(["mailer"], {PLACE: 0})
    async with store.unit() as unit:
        await unit.queue([message(f"m{n}", f"c{n}") for n in range(3)])
    await store.settle(3, Outcome("withheld", 0, "CONSENT_MISSING"), 7)
    await store.put_standing("mailer", Standing(disabled="RECEIVER_GONE"))
    return store


async def asked(store, caller=CALLER, **variables):
    graph = activation_subgraph(store, DESTINATIONS, SEALER)
    answer = await graph.execute(_PAGE, variables, None, caller)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["destinations"]


async def test_deliveries_are_told_newest_first_page_by_page(store):
    (one,) = await asked(store)
    assert (one["name"], one["kind"], one["disabled"]) == ("mailer", "webhook", "RECEIVER_GONE")
    nodes = [edge["node"] for edge in one["deliveries"]["edges"]]
    assert [node["id"] for node in nodes] == ["m2", "m1"]
    assert nodes[0] == {
        "id": "m2", "type": "segment.entered", "customer": "c2", "segment": "gold",
        "status": "withheld", "attempts": 0, "code": "CONSENT_MISSING", "due": None,
    }  # fmt: skip
    page = one["deliveries"]["pageInfo"]
    assert page["hasNextPage"]
    (rest,) = await asked(store, after=page["endCursor"])
    assert [edge["node"]["id"] for edge in rest["deliveries"]["edges"]] == ["m0"]


async def test_who_is_told_of_some_customers_is_told_of_no_delivery(store):
    some = condition_text(ValueTest("team", "equals", "east"))
    assert await asked(store, CallerContext("ann", ("auditor",), predicate=some)) == []
