"""Subscriptions in the engine: events enriched, and shown by the policy of their moment."""

import asyncio
import contextlib

import pytest
from c360_federation import (
    OPEN,
    Denial,
    Engine,
    InProcessStreams,
    InProcessTransport,
    Moment,
    OpenSubscriber,
    RequestedOperation,
    RequestRefused,
    SubgraphResponse,
    SubgraphUnreachable,
    SubscriptionEnded,
    explain,
)
from c360_federation.errors import entry

QUERY = "subscription S($n: Int) { sold(above: $n) { id price maker { name phone } } }"
EVENTS = [{"sold": {"id": "1", "price": 5}}, {"sold": {"id": "2", "price": 7}}]


def sale(key):
    return {"sold": {"id": key, "price": 5, "maker": {"__typename": "Maker", "id": f"m{key}"}}}


class Source:
    """A subgraph's events; notes what it was asked and whether it was closed."""

    def __init__(self, *events):
        self.events = events
        self.requests = []
        self.closed = 0

    async def __call__(self, request, context):
        self.requests.append((request, context))
        try:
            for event in self.events:
                if isinstance(event, BaseException):
                    raise event
                if isinstance(event, float):
                    await asyncio.sleep(event)
                else:
                    yield SubgraphResponse(event)
        finally:
            self.closed += 1


@pytest.fixture
def engine_of(world, subgraph):
    def engine(source):
        composed = world(
            sales=subgraph(
                "type Query { x: Int } type Subscription { sold(above: Int): Sale gone: Int } "
                'type Sale @key(fields: "id") { id: ID! price: Int maker: Maker } '
                'type Maker @key(fields: "id") { id: ID! }',
            ),
            makers=subgraph(
                'type Maker @key(fields: "id") { id: ID! name: String phone: String }',
                entities={
                    "Maker": lambda one: {
                        "id": one["id"],
                        "name": f"Maker {one['id']}",
                        "phone": f"0{one['id'][1:]}",
                    }
                },
            ),
        )
        transport = InProcessTransport({name: composed._noted(name) for name in composed.subgraphs})
        made = Engine(composed.supergraph, transport, None, InProcessStreams({"sales": source}))
        made.world = composed
        return made

    return engine


async def payloads_of(results):
    async with contextlib.aclosing(results):
        return [one.payload() async for one in results]


def fields(payloads, name="name"):
    return [((one["data"]["sold"] or {}).get("maker") or {}).get(name) for one in payloads]


async def test_each_event_is_enriched(engine_of):
    source = Source(sale("1"), sale("2"))
    engine = engine_of(source)
    found = await payloads_of(
        engine.subscribe(RequestedOperation(QUERY, None, {"n": 3}), OpenSubscriber("ctx"))
    )
    assert found == [
        {
            "data": {
                "sold": {"id": n, "price": 5, "maker": {"name": f"Maker m{n}", "phone": f"0{n}"}}
            }
        }
        for n in ("1", "2")
    ]
    ((request, context),) = source.requests
    assert (request.operation, request.variables, context) == ("subscription", {"n": 3}, "ctx")
    assert "phone" not in request.query
    assert engine.world.calls == ["makers", "makers"]
    assert source.closed == 1


def test_the_plan_can_be_explained(engine_of):
    found = explain(engine_of(Source()).prepare(QUERY).plan)
    assert "subscription S($n: Int)" in found
    assert "entities at sold.maker" in found


async def test_errors_in_an_event_do_not_end_the_subscription(engine_of):
    async def source(request, context):
        yield SubgraphResponse({"sold": None}, [{"message": "secret", "path": ["sold"]}])
        yield SubgraphResponse(sale("1"))

    first, second = await payloads_of(engine_of(source).subscribe(RequestedOperation(QUERY)))
    assert first["data"] == {"sold": None}
    assert first["errors"][0]["extensions"]["code"] == "SUBGRAPH_ERROR"
    assert "secret" not in str(first)
    assert "errors" not in second


async def test_a_subgraph_that_fails_to_enrich_leaves_a_partial_event(engine_of):
    engine = engine_of(Source(sale("1")))

    async def down(request, context):
        raise SubgraphUnreachable("down")

    engine.world.subgraphs["makers"] = down
    (event,) = await payloads_of(engine.subscribe(RequestedOperation(QUERY)))
    assert event["data"]["sold"]["maker"] == {"name": None, "phone": None}
    assert {one["extensions"]["code"] for one in event["errors"]} == {"SUBGRAPH_UNREACHABLE"}


@pytest.mark.parametrize(
    "trouble, code",
    [
        (SubgraphUnreachable("x"), "SUBGRAPH_UNREACHABLE"),
        (ValueError("secret"), "SUBGRAPH_ERROR"),
        (asyncio.CancelledError("secret"), "SUBGRAPH_ERROR"),
    ],
    ids=repr,
)
async def test_events_that_break_off_end_with_a_code(engine_of, trouble, code):
    first, last = await payloads_of(
        engine_of(Source(sale("1"), trouble)).subscribe(RequestedOperation(QUERY))
    )
    assert "errors" not in first
    assert "data" not in last
    assert last["errors"][0]["extensions"]["code"] == code
    assert "secret" not in str(last)


@pytest.mark.parametrize("event", [None, "what", {"data": {"sold": None}}, SubgraphResponse()])
async def test_an_event_that_is_no_response_is_told_and_the_next_one_heard(engine_of, event):
    bad, good = await payloads_of(
        engine_of(Source(event, sale("1"))).subscribe(RequestedOperation(QUERY))
    )
    assert bad["data"] == {"sold": None}
    assert [(one["path"], one["extensions"]["code"]) for one in bad["errors"]] == [
        (["sold"], "SUBGRAPH_BAD_REPLY")
    ]
    assert "errors" not in good


async def test_who_leaves_closes_the_source(engine_of):
    source = Source(sale("1"), 30.0)
    results = engine_of(source).subscribe(RequestedOperation(QUERY))
    assert (await anext(results)).data
    await results.aclose()
    assert source.closed == 1


@pytest.mark.parametrize(
    "query",
    [
        "subscription { sold { id } gone }",
        "subscription { nope }",
        "query { nope }",
    ],
)
async def test_what_cannot_begin_is_refused(engine_of, query):
    with pytest.raises(RequestRefused):
        engine_of(Source()).subscribe(RequestedOperation(query))


async def test_a_query_gives_no_events_and_a_subscription_no_single_answer(engine_of):
    engine = engine_of(Source())
    (last,) = await payloads_of(engine.subscribe(RequestedOperation("{ x }")))
    assert last["errors"][0]["extensions"]["code"] == "OPERATION_NOT_SUPPORTED"
    result = await engine.run(QUERY)
    assert result.payload()["errors"][0]["extensions"]["code"] == "OPERATION_NOT_SUPPORTED"


# the policy of the moment


class Rules:
    """Denies some coordinates and masks others."""

    def __init__(self, deny=(), mask=()):
        self.key = (tuple(deny), tuple(mask))
        self.deny, self.mask = deny, mask

    def decide(self, use):
        return Denial("DENIED", "not for you") if use.coordinate in self.deny else None

    def transform(self, coordinate):
        return (lambda _: "***") if coordinate in self.mask else None

    def introspection(self, schema):
        return schema


class Watched:
    """A subscriber whose policies come one after the other; notes what it approved."""

    def __init__(self, *policies, expires_in=None, refuse_at=None):
        self.policies = list(policies)
        self.events = []
        self._expires_in = expires_in
        self._refuse_at = refuse_at

    def moment(self):
        policy = self.policies.pop(0) if len(self.policies) > 1 else self.policies[0]
        if policy is None:
            raise SubscriptionEnded(entry("FORBIDDEN", "no more"))
        return Moment(policy, f"context {len(self.events)}")

    def expires_in(self):
        return self._expires_in

    async def approve(self, event):
        if len(self.events) == self._refuse_at:
            raise SubscriptionEnded(entry("AUDIT_UNAVAILABLE", "cannot be put on record"))
        self.events.append(event)


ALL = Rules()
MASKED = Rules(mask=("Maker.phone",))
NO_PHONE = Rules(deny=("Maker.phone",))
NO_MAKER = Rules(deny=("Sale.maker",))
NOTHING = Rules(deny=("Subscription.sold",))


async def test_each_event_is_masked_by_the_policy_of_its_moment(engine_of):
    source = Source(sale("1"), sale("2"), sale("3"))
    subscriber = Watched(ALL, ALL, MASKED, ALL)
    found = await payloads_of(engine_of(source).subscribe(RequestedOperation(QUERY), subscriber))
    assert fields(found, "phone") == ["01", "***", "03"]
    assert len(source.requests) == 1, "an equal plan goes on with the same events"


async def test_what_is_denied_meanwhile_is_neither_shown_nor_asked_for(engine_of):
    source = Source(*(sale(str(n)) for n in range(3)))
    engine = engine_of(source)
    subscriber = Watched(ALL, ALL, NO_PHONE)
    results = engine.subscribe(RequestedOperation(QUERY), subscriber)
    found = [(await anext(results)).payload() for _ in range(3)]
    await results.aclose()
    assert fields(found, "phone") == ["00", None, None]
    assert fields(found) == ["Maker m0", "Maker m1", "Maker m2"]
    assert [one["extensions"]["code"] for one in found[1]["errors"]] == ["DENIED"]
    assert "phone" not in engine.world.requests[-1][1].query
    assert len(source.requests) == 1, "another plan goes on with the same events if it can"


async def test_a_subgraph_that_may_give_nothing_any_more_is_not_asked(engine_of):
    source = Source(sale("1"), sale("2"))
    engine = engine_of(source)
    results = engine.subscribe(RequestedOperation(QUERY), Watched(ALL, ALL, NO_MAKER))
    found = [(await anext(results)).payload() for _ in range(3)]
    await results.aclose()
    assert fields(found) == ["Maker m1", None, None]
    assert engine.world.calls == ["makers"]
    assert len(source.requests) == 2, "another plan asks for other events if it has to"


async def test_what_is_allowed_meanwhile_is_shown(engine_of):
    source = Source(sale("1"), sale("2"))
    results = engine_of(source).subscribe(RequestedOperation(QUERY), Watched(NO_PHONE, ALL))
    found = [(await anext(results)).payload() for _ in range(2)]
    await results.aclose()
    assert fields(found, "phone") == ["01", "02"]
    assert not any("errors" in one for one in found)


async def test_what_takes_other_events_to_show_is_shown_from_the_next_event_on(engine_of):
    source = Source(sale("1"), sale("2"))
    results = engine_of(source).subscribe(RequestedOperation(QUERY), Watched(NO_MAKER, ALL))
    found = [(await anext(results)).payload() for _ in range(2)]
    await results.aclose()
    assert fields(found, "phone") == [None, "01"]
    assert "errors" in found[0]
    assert "errors" not in found[1]


async def test_a_policy_that_leaves_nothing_ends_the_subscription(engine_of):
    source = Source(sale("1"), sale("2"))
    engine = engine_of(source)
    *_, last = await payloads_of(
        engine.subscribe(RequestedOperation(QUERY), Watched(ALL, ALL, NOTHING))
    )
    assert last["errors"][0]["extensions"]["code"] == "DENIED"
    assert "data" not in last
    assert source.closed == 1
    (denied,) = await payloads_of(engine.subscribe(RequestedOperation(QUERY), Watched(NOTHING)))
    assert denied["errors"][0]["extensions"]["code"] == "DENIED"


async def test_every_event_is_put_on_record_with_its_decisions(engine_of):
    subscriber = Watched(ALL, NO_PHONE)
    results = engine_of(Source(sale("1"))).subscribe(RequestedOperation(QUERY), subscriber)
    await anext(results)
    await results.aclose()
    (event,) = subscriber.events
    assert event.moment.context == "context 0"
    assert "Maker.name" in event.prepared.coordinates
    assert "Maker.phone" not in event.prepared.coordinates
    assert [one.use.coordinate for one in event.prepared.denied] == ["Maker.phone"]


async def test_what_cannot_be_put_on_record_is_not_sent(engine_of):
    source = Source(sale("1"), sale("2"))
    subscriber = Watched(ALL, refuse_at=1)
    found = await payloads_of(engine_of(source).subscribe(RequestedOperation(QUERY), subscriber))
    assert fields(found[:1]) == ["Maker m1"]
    assert [one["extensions"]["code"] for one in found[1]["errors"]] == ["AUDIT_UNAVAILABLE"]
    assert (len(found), source.closed) == (2, 1)


async def test_a_subscriber_may_be_sent_away(engine_of):
    *_, last = await payloads_of(
        engine_of(Source(sale("1"), sale("2"))).subscribe(
            RequestedOperation(QUERY), Watched(ALL, ALL, None)
        )
    )
    assert last["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_subscription_ends_when_the_token_does(engine_of):
    source = Source(sale("1"), 30.0, sale("2"))
    subscriber = Watched(ALL, expires_in=0.05)
    async with asyncio.timeout(20):
        first, last = await payloads_of(
            engine_of(source).subscribe(RequestedOperation(QUERY), subscriber)
        )
    assert fields([first]) == ["Maker m1"]
    assert last["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_EXPIRED"
    assert source.closed == 1


async def test_a_steady_flow_of_events_does_not_outlive_the_token(engine_of):
    async def source(request, context):
        while True:
            yield SubgraphResponse(sale("1"))

    async with asyncio.timeout(20):
        found = await payloads_of(
            engine_of(source).subscribe(RequestedOperation(QUERY), Watched(OPEN, expires_in=0.05))
        )
    assert found[-1]["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_EXPIRED"


async def test_an_event_whose_answer_comes_too_late_does_not_leave(engine_of):
    class Slow(Watched):
        async def approve(self, event):
            await asyncio.sleep(5)

    async with asyncio.timeout(4):
        (event,) = await payloads_of(
            engine_of(Source(sale("1"))).subscribe(
                RequestedOperation(QUERY), Slow(OPEN, expires_in=0.1)
            )
        )
    assert "data" not in event
    assert event["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_EXPIRED"
