"""What happens when subgraphs fail, are slow, or answer nonsense."""

import asyncio

import pytest
from c360_federation import (
    EngineSettings,
    SubgraphResponse,
    SubgraphUnreachable,
    verbatim,
)
from c360_federation.execute.faults import masked
from c360_federation.execute.gathering import Gathered, Outcome
from c360_federation.execute.representations import Batch
from c360_federation.plan.model import EntityCall, Fetch

IDENTITY = """
type Query { customer: Customer customers: [Customer!]! strict: Strict! }
type Customer @key(fields: "id") { id: ID! }
type Strict @key(fields: "id") { id: ID! }
"""
PROFILE = """
type Customer @key(fields: "id") { id: ID! name: String nick: String }
type Strict @key(fields: "id") { id: ID! name: String! }
"""


@pytest.fixture
def identity(subgraph):
    return subgraph(
        IDENTITY,
        {
            "Query.customer": lambda _: {"id": "1"},
            "Query.customers": lambda _: [{"id": str(n)} for n in range(3)],
            "Query.strict": lambda _: {"id": "1"},
        },
        {"Customer": lambda rep: rep, "Strict": lambda rep: rep},
    )


class Broken:
    """A subgraph that behaves as it is told."""

    sdl = PROFILE

    def __init__(self, behave):
        self.behave = behave

    async def __call__(self, request, context):
        return await self.behave(request)


async def slow(_):
    await asyncio.sleep(30)


async def unreachable(_):
    raise SubgraphUnreachable("no route to 10.0.0.1")


async def crash(_):
    raise ValueError("secret 138")


async def nothing(_):
    return SubgraphResponse(None, [])


async def garbage(_):
    return SubgraphResponse({"_entities": "what"}, [])


async def bad_list(_):
    return SubgraphResponse({"_entities": [1, None, []]}, [{"message": 3, "path": "x"}])


@pytest.mark.parametrize(
    "behave, code",
    [
        (slow, "SUBGRAPH_TIMEOUT"),
        (unreachable, "SUBGRAPH_UNREACHABLE"),
        (crash, "SUBGRAPH_ERROR"),
        (nothing, "SUBGRAPH_BAD_REPLY"),
    ],
)
async def test_a_failing_subgraph_leaves_partial_data_and_coded_errors(
    world, identity, behave, code
):
    w = world(EngineSettings(timeout=0.05), identity=identity, profile=Broken(behave))
    result = await w.engine.run("{ customer { id called: name nick } }")
    assert result.data == {"customer": {"id": "1", "called": None, "nick": None}}
    assert [(one["path"], one["extensions"]["code"]) for one in result.errors] == [
        (["customer", "called"], code),
        (["customer", "nick"], code),
    ]
    assert "138" not in str(result.errors)
    assert "10.0.0.1" not in str(result.errors)


@pytest.mark.parametrize("behave", [garbage, bad_list])
async def test_nonsense_is_survived(world, identity, behave):
    w = world(identity=identity, profile=Broken(behave))
    result = await w.engine.run("{ customers { id name } }")
    assert result.data == {"customers": [{"id": str(n), "name": None} for n in range(3)]}


async def test_errors_of_entities_are_placed_in_the_answer(world, identity, subgraph):
    def name(customer):
        if customer["id"] == "1":
            raise ValueError("no name for Ann")
        return "ok"

    profile = subgraph(
        PROFILE, {"Customer.name": name}, {"Customer": lambda rep: rep, "Strict": lambda rep: rep}
    )
    w = world(identity=identity, profile=profile)
    result = await w.engine.run("{ customers { name } }")
    assert [one["name"] for one in result.data["customers"]] == ["ok", None, "ok"]
    (error,) = result.errors
    assert error["path"] == ["customers", 1, "name"]
    assert error["extensions"] == {
        "code": "SUBGRAPH_ERROR",
        "service": "profile",
        "retryable": False,
    }
    assert "Ann" not in error["message"]


async def test_messages_can_be_passed_on(world, identity, subgraph):
    def fail(_):
        raise ValueError("told as it is")

    profile = subgraph(PROFILE, {"Customer.name": fail}, {"Customer": lambda rep: rep})
    w = world(EngineSettings(report=verbatim), identity=identity, profile=profile)
    result = await w.engine.run("{ customer { name } }")
    assert result.errors[0]["message"] == "told as it is"


async def test_a_lost_value_that_may_not_be_null_rises_once(world, identity):
    w = world(identity=identity, profile=Broken(unreachable))
    result = await w.engine.run("{ strict { id name } }")
    assert result.data is None
    assert [one["extensions"]["code"] for one in result.errors] == ["SUBGRAPH_UNREACHABLE"]


async def test_an_unexplained_null_is_reported(world, identity, subgraph):
    profile = subgraph(PROFILE, {}, {"Strict": lambda rep: None})
    w = world(identity=identity, profile=profile)
    result = await w.engine.run("{ strict { name } }")
    assert result.data is None
    assert result.errors[0]["extensions"]["code"] == "NULL_IN_NON_NULL"
    assert result.errors[0]["path"] == ["strict", "name"]


async def test_fetches_that_do_not_wait_for_each_other_run_together(world, subgraph):
    running = 0
    most = 0

    async def wait(_):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return SubgraphResponse({"a": 1, "b": 1})

    first, second = Broken(wait), Broken(wait)
    first.sdl, second.sdl = "type Query { a: Int }", "type Query { b: Int }"
    w = world(first=first, second=second)
    assert await w.data("{ a b }") == {"a": 1, "b": 1}
    assert most == 2


async def test_cancelling_the_caller_cancels_the_fetches(world, identity):
    cancelled = asyncio.Event()

    async def hang(_):
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    w = world(identity=identity, profile=Broken(hang))
    task = asyncio.create_task(w.engine.run("{ customer { name } }"))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()


async def test_hidden_enum_values_are_null_and_reported(world, subgraph):
    api = subgraph(
        """
        type Query { kinds: [Kind]! }
        enum Kind { SEEN HIDDEN @inaccessible }
        """,
        {"Query.kinds": lambda _: ["SEEN", "HIDDEN"]},
    )
    result = await world(api=api).engine.run("{ kinds }")
    assert result.data == {"kinds": ["SEEN", None]}
    assert result.errors[0]["path"] == ["kinds", 1]
    assert result.errors[0]["extensions"]["code"] == "HIDDEN_ENUM_VALUE"


async def test_objects_of_one_entity_do_not_share_what_is_merged_into_them(world, subgraph):
    list_ = subgraph(
        'type Query { l: [Node!]! } type Node @key(fields: "id") { id: ID! }',
        {"Query.l": lambda _: [{"id": "1"}, {"id": "1"}]},
        {"Node": lambda rep: rep},
    )
    inner = subgraph(
        """
        type Node @key(fields: "id") { id: ID! inner: Inner }
        type Inner @key(fields: "id") { id: ID! }
        """,
        {},
        {"Node": lambda rep: {**rep, "inner": {"id": "i"}}, "Inner": lambda rep: rep},
    )
    deep = subgraph(
        'type Inner @key(fields: "id") { id: ID! text: String }',
        {},
        {"Inner": lambda rep: {**rep, "text": "t"}},
    )
    w = world(list_=list_, inner=inner, deep=deep)
    assert await w.data("{ l { inner { text } } }") == {"l": [{"inner": {"text": "t"}}] * 2}
    assert len(w.requests[2][1].variables["representations"]) == 1


def test_objects_with_the_same_entity_share_no_container():
    call = EntityCall("_e", "r", ("people",), "Person", "Person", ())
    fetch = Fetch(0, "api", "query", "", None, (), frozenset(), (call,))
    people = [{}, {}, {}]
    outcome = Outcome(fetch, masked, Gathered({"people": people}))
    outcome.begin(call, Batch([{}], [people], [], is_shared=True))
    outcome.take(SubgraphResponse({"_e": [{"home": {"n": 1}, "all": [{"n": 2}]}]}))
    assert people[0] == people[1] == people[2] == {"home": {"n": 1}, "all": [{"n": 2}]}
    assert len({id(one["home"]) for one in people}) == 3
    assert len({id(one["all"]) for one in people}) == 3
    assert len({id(one["all"][0]) for one in people}) == 3
