"""What subgraphs answer to one request is counted as it comes, and ended when it is too much."""

import asyncio
import json

import pytest
from c360_federation import (
    AnswerLimits,
    EngineSettings,
    ResilienceSettings,
    ResilientTransport,
    SubgraphReplyTooLarge,
    SubgraphRequest,
    SubgraphResponse,
)
from c360_federation.execute.transport import Weight
from c360_federation.execute.weighing import weigh
from hypothesis import given
from hypothesis import strategies as st

PEOPLE = """
type Query { people: [Person!]! late: Person }
type Person @key(fields: "id") { id: ID! friend: Person }
"""
NAMES = (
    'type Person @key(fields: "id") { id: ID! name: String items: [Item!] } type Item { n: Int }'
)


def world_of(world, subgraph, items=1, friend="f", **limits):
    people = subgraph(
        PEOPLE,
        {
            "Query.people": lambda _: [{"id": str(n)} for n in range(50)],
            "Query.late": lambda _: {"id": "late"},
            "Person.friend": lambda _: {"id": friend},
        },
        {"Person": lambda rep: rep},
    )
    names = subgraph(
        NAMES,
        {"Person.name": lambda _: "x" * 100, "Person.items": lambda _: [{"n": 1}] * items},
        {"Person": lambda rep: {"id": rep["id"]}},
    )
    settings = EngineSettings(answers=AnswerLimits(**limits))
    return world(settings, people=people, names=names)


@pytest.mark.parametrize(("objects", "is_answered"), [(50 + 50 + 1, True), (50 + 50, False)])
async def test_objects_count_once_wherever_they_come_from(world, subgraph, objects, is_answered):
    w = world_of(world, subgraph, objects=objects)
    result = await w.engine.run("{ people { id items { n } } }")
    assert bool(result.data) == is_answered
    codes = [one["extensions"]["code"] for one in result.errors]
    assert codes == ([] if is_answered else ["ANSWER_TOO_LARGE"])


async def test_an_entity_in_many_places_counts_in_each(world, subgraph):
    w = world_of(world, subgraph, items=100, objects=1_000)
    result = await w.engine.run("{ people { friend { items { n } } } }")
    assert result.payload()["data"] is None
    assert [one["extensions"]["code"] for one in result.errors] == ["ANSWER_TOO_LARGE"]


async def test_bytes_are_counted(world, subgraph):
    w = world_of(world, subgraph, size=4_000)
    assert (await w.engine.run("{ people { id } }")).errors == []
    result = await w.engine.run("{ people { name } }")
    assert [one["extensions"]["code"] for one in result.errors] == ["ANSWER_TOO_LARGE"]


async def test_nothing_more_is_asked_once_it_is_too_much(world, subgraph):
    w = world_of(world, subgraph, objects=10)
    await w.engine.run("{ people { id items { n } } }")
    assert [name for name, _ in w.requests] == ["people"]


async def test_what_a_transport_knows_is_believed(world, subgraph):
    w = world_of(world, subgraph, size=1_000)

    async def heavy(request, context):
        return SubgraphResponse({"late": {"id": "1"}}, [], Weight(1, 1_001))

    w.engine._executor.transport._handlers["people"] = heavy
    result = await w.engine.run("{ late { id } }")
    assert [one["extensions"]["code"] for one in result.errors] == ["ANSWER_TOO_LARGE"]


async def test_parts_end_with_the_one_that_is_too_much(world, subgraph):
    w = world_of(world, subgraph, items=100, objects=200)
    prepared = w.engine.prepare("{ people { id ... @defer { items { n } } } }")
    payloads = [one async for one in w.engine.execute_in_parts(prepared)]
    assert payloads[0]["hasNext"]
    assert payloads[-1]["hasNext"] is False
    assert [one["extensions"]["code"] for one in payloads[-1]["errors"]] == ["ANSWER_TOO_LARGE"]


async def test_a_request_has_so_many_seconds_for_all_its_fetches(world, subgraph):
    w = world_of(world, subgraph, seconds=0.5)
    handlers = w.engine._executor.transport._handlers
    quick = handlers["people"]

    async def slow(request, context):
        await asyncio.sleep(0.3 if "late" in request.query else 30)
        return await quick(request, context)

    handlers["people"] = handlers["names"] = slow
    async with asyncio.timeout(20):
        result = await w.engine.run("{ late { id name } }")
    assert result.data == {"late": {"id": "late", "name": None}}
    assert [one["extensions"]["code"] for one in result.errors] == ["SUBGRAPH_TIMEOUT"]


async def test_who_asks_for_too_much_opens_no_circuit():
    class TooMuch:
        async def execute(self, subgraph, request, context):
            raise SubgraphReplyTooLarge

    transport = ResilientTransport(TooMuch(), ResilienceSettings())
    for _ in range(100):
        with pytest.raises(SubgraphReplyTooLarge):
            await transport.execute("api", SubgraphRequest("{ a }", {}), None)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab", max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("k", min_size=1), inner),
    max_leaves=30,
)


@given(values)
def test_weights_are_those_of_the_json(value):
    text = json.dumps(value, separators=(",", ":"))
    objects, size = weigh(value)
    assert objects == text.count("{")
    assert size <= 8 * len(text)
    assert len(text) <= 8 * size + 8
