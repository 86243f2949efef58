"""The `graphql-transport-ws` protocol, through the ASGI interface."""

import asyncio
import contextlib
import json

import pytest
from c360_federation import (
    Engine,
    GraphQLWebSocketApp,
    HttpProblem,
    InProcessStreams,
    InProcessTransport,
    SubgraphResponse,
    WebSocketSettings,
    engine_executor,
)

INIT = {"type": "connection_init"}
ACK = {"type": "connection_ack"}
PROTOCOL = "graphql-transport-ws"
ROOM_FOR_REASON = 123
LONG = "1" * 200


class Client:
    """One socket: what is sent to the app, and what comes back."""

    def __init__(self, app, *protocols, unread=0, **headers):
        self.to_app, self.from_app = asyncio.Queue(), asyncio.Queue(unread)
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "websocket", "subprotocols": list(protocols), "headers": pairs}
        self.to_app.put_nowait({"type": "websocket.connect"})
        self.running = asyncio.create_task(app(scope, self.to_app.get, self.from_app.put))

    async def accepted(self):
        message = await self.next()
        assert message["type"] == "websocket.accept"
        return message["subprotocol"]

    async def next(self):
        return await asyncio.wait_for(self.from_app.get(), 60)

    async def say(self, *messages):
        for one in messages:
            text = one if isinstance(one, str) else json.dumps(one)
            await self.to_app.put({"type": "websocket.receive", "text": text})

    async def hear(self):
        message = await self.next()
        if message["type"] == "websocket.close":
            assert len(message["reason"].encode()) <= ROOM_FOR_REASON
            return message["code"]
        return json.loads(message["text"])

    async def hang_up(self):
        await self.to_app.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.running, 60)


class Caller:
    def __init__(self, execute, expires_in):
        self._execute, self._expires_in = execute, expires_in

    def expires_in(self):
        return self._expires_in

    async def execute(self, request):
        return await self._execute(request, {})


@pytest.fixture
def socket(world, subgraph):
    closed = asyncio.Event()

    async def ticks(request, context):
        try:
            for n in range(2):
                yield SubgraphResponse({"tick": n})
            if request.variables.get("stay"):
                await asyncio.sleep(30)
        finally:
            closed.set()

    composed = world(
        api=subgraph(
            "type Query { hello: String } type Subscription { tick(stay: Boolean): Int }",
            {"Query.hello": lambda _: "hi"},
        )
    )
    streams = InProcessStreams({"api": ticks})
    engine = Engine(
        composed.supergraph, InProcessTransport(dict(composed.subgraphs)), None, streams
    )
    connected = []

    def open_socket(*protocols, expires_in=None, unread=0, **settings):
        async def connect(headers, payload):
            connected.append((headers, payload))
            if payload.get("token") == "bad":
                raise HttpProblem(401, "UNAUTHENTICATED", "no")
            return Caller(engine_executor(engine), expires_in)

        app = GraphQLWebSocketApp(connect, WebSocketSettings(**settings))
        return Client(app, *(protocols or (PROTOCOL,)), unread=unread, origin="here")

    open_socket.closed, open_socket.connected = closed, connected
    return open_socket


@contextlib.asynccontextmanager
async def ready(client):
    assert await client.accepted() == PROTOCOL
    await client.say(INIT)
    assert await client.hear() == ACK
    yield client
    await client.hang_up()


def subscribe(identifier, query, **variables):
    return {"id": identifier, "type": "subscribe", "payload": {"query": query,
            "variables": variables}}  # fmt: skip


TICKS = "subscription ($stay: Boolean) { tick(stay: $stay) }"


async def test_a_subscription(socket):
    async with ready(socket()) as client:
        await client.say(subscribe("1", TICKS))
        received = [await client.hear() for _ in range(3)]
        assert received == [
            {"id": "1", "type": "next", "payload": {"data": {"tick": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"tick": 1}}},
            {"id": "1", "type": "complete"},
        ]


async def test_a_query_and_the_same_id_again(socket):
    async with ready(socket()) as client:
        for _ in range(2):
            await client.say(subscribe("1", "{ hello }"))
            assert (await client.hear())["payload"] == {"data": {"hello": "hi"}}
            assert await client.hear() == {"id": "1", "type": "complete"}


async def test_a_refused_operation_is_an_error_and_the_socket_lives_on(socket):
    async with ready(socket()) as client:
        await client.say(subscribe("1", "subscription { nope }"))
        error = await client.hear()
        assert error["type"] == "error"
        assert error["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        await client.say(subscribe("1", "{ hello }"))
        assert (await client.hear())["type"] == "next"
        await client.hear()


async def test_who_completes_closes_the_source(socket):
    async with ready(socket()) as client:
        await client.say(subscribe("1", TICKS, stay=True))
        assert [(await client.hear())["type"] for _ in range(2)] == ["next", "next"]
        await client.say({"id": "1", "type": "complete"})
        await asyncio.wait_for(socket.closed.wait(), 60)
        await client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}


async def test_who_hangs_up_closes_the_source(socket):
    async with ready(socket()) as client:
        await client.say(subscribe("1", TICKS, stay=True))
        await client.hear()
    assert socket.closed.is_set()


async def test_operations_of_one_socket_are_bounded(socket):
    async with ready(socket(max_operations=1)) as client:
        await client.say(subscribe("1", TICKS, stay=True))
        await client.hear(), await client.hear()
        await client.say(subscribe("2", TICKS))
        error = await client.hear()
        assert (error["id"], error["type"]) == ("2", "error")
        assert error["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT"


async def test_who_does_not_read_refusals_is_not_read_any_further(socket):
    async with ready(socket(max_operations=0, unread=1)) as client:
        await client.say(*(subscribe(str(number), TICKS) for number in range(9)))
        while not client.from_app.full():
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert client.to_app.qsize() >= 7
        for number in range(9):
            assert (await client.hear())["id"] == str(number)


async def test_authentication_sees_headers_and_payload(socket):
    client = socket()
    await client.accepted()
    await client.say({"type": "connection_init", "payload": {"token": "good"}})
    assert await client.hear() == ACK
    assert socket.connected == [({"origin": "here"}, {"token": "good"})]
    await client.hang_up()


async def test_the_legacy_protocol_is_refused(socket):
    client = socket("graphql-ws")
    assert await client.accepted() is None
    assert await client.hear() == 4406
    await client.running
    assert not socket.connected


@pytest.mark.parametrize(
    "messages, code",
    [
        ([subscribe("1", "{ hello }")], 4401),
        ([{"type": "connection_init", "payload": {"token": "bad"}}], 4403),
        ([INIT, INIT], 4429),
        ([INIT, subscribe("1", TICKS, stay=True), subscribe("1", TICKS)], 4409),
        ([INIT, subscribe(LONG, TICKS, stay=True), subscribe(LONG, TICKS)], 4409),
        ([INIT, "not json"], 4400),
        (["[]"], 4400),
        ([INIT, {"type": "start"}], 4400),
        ([INIT, {"type": "subscribe", "payload": {"query": "{ hello }"}}], 4400),
        ([INIT, {"id": "1", "type": "subscribe", "payload": {}}], 4400),
        ([INIT, {"id": "1", "type": "subscribe", "payload": 3}], 4400),
        ([INIT, subscribe("1", "x" * 3000)], 4400),
        ([], 4408),
    ],
)
async def test_who_breaks_the_protocol_is_cut_off(socket, messages, code):
    client = socket(init_timeout=0.2, max_message_bytes=2000)
    await client.accepted()
    await client.say(*messages)
    received = await client.hear()
    while received == ACK or (isinstance(received, dict) and received["type"] == "next"):
        received = await client.hear()
    assert received == code
    await asyncio.wait_for(client.running, 60)


async def test_a_socket_does_not_outlive_the_token(socket):
    client = socket(expires_in=0.1)
    await client.accepted()
    await client.say(INIT, subscribe("1", TICKS, stay=True))
    received = [await client.hear() for _ in range(4)]
    assert (received[0], received[-1]) == (ACK, 4403)
    assert socket.closed.is_set()
