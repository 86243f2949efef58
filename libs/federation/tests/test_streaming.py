"""Subscriptions on the wire: server-sent events on both sides, over real sockets."""

import asyncio
import contextlib
import json

import httpx
import pytest
import uvicorn
from c360_federation import (
    Engine,
    GraphQLHttpApp,
    HttpAppSettings,
    HttpStreams,
    HttpStreamSettings,
    InProcessStreams,
    InProcessTransport,
    SubgraphBadReply,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphUnreachable,
    engine_executor,
)

EVENTS = {"accept": "text/event-stream"}
SUBSCRIPTION = {"query": "subscription { tick }"}
REQUEST = SubgraphRequest("subscription { tick }", {}, operation="subscription")


class Ticks:
    """Counts up, then waits for ever if told to; notes when it was closed."""

    def __init__(self, count=2, pause=0.0):
        self.count, self.pause = count, pause
        self.closed = asyncio.Event()

    async def __call__(self, request, context):
        try:
            for n in range(self.count):
                yield SubgraphResponse({"tick": n})
            await asyncio.sleep(self.pause)
        finally:
            self.closed.set()


@pytest.fixture
def engine_of(world, subgraph):
    def engine(streams):
        composed = world(
            api=subgraph(
                "type Query { hello: String } type Mutation { act: Int } "
                "type Subscription { tick: Int }",
                {"Query.hello": lambda _: "hi", "Mutation.act": lambda _: 1},
            )
        )
        return Engine(
            composed.supergraph, InProcessTransport(dict(composed.subgraphs)), None, streams
        )

    return engine


@contextlib.asynccontextmanager
async def serving(engine, **settings):
    app = GraphQLHttpApp(engine_executor(engine), HttpAppSettings(**settings))
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        await running


def ticking(engine_of, source):
    return serving(engine_of(InProcessStreams({"api": source})), heartbeat=0.05)


async def posted(url, body, **headers):
    async with httpx.AsyncClient() as client:
        return await client.post(url, json=body, headers=headers)


async def test_events_of_a_subscription(engine_of):
    async with ticking(engine_of, Ticks()) as url:
        reply = await posted(url, SUBSCRIPTION, **EVENTS)
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert reply.text == (
            'event: next\ndata: {"data":{"tick":0}}\n\n'
            'event: next\ndata: {"data":{"tick":1}}\n\n'
            "event: complete\ndata:\n\n"
        )


@pytest.mark.parametrize(
    "query, payload",
    [
        ("{ hello }", {"data": {"hello": "hi"}}),
        ("mutation { act }", {"data": {"act": 1}}),
    ],
)
async def test_a_single_answer_as_events(engine_of, query, payload):
    async with ticking(engine_of, Ticks()) as url:
        text = (await posted(url, {"query": query}, **EVENTS)).text
        first, complete, rest = text.split("\n\n")
        assert json.loads(first.removeprefix("event: next\ndata: ")) == payload
        assert (complete, rest) == ("event: complete\ndata:", "")


async def test_a_refused_subscription_is_told_as_an_event(engine_of):
    async with ticking(engine_of, Ticks()) as url:
        text = (await posted(url, {"query": "subscription { nope }"}, **EVENTS)).text
        assert "GRAPHQL_VALIDATION_FAILED" in text
        assert text.endswith("event: complete\ndata:\n\n")


async def test_events_may_be_asked_for_by_get_but_nothing_written(engine_of):
    async with ticking(engine_of, Ticks()) as url, httpx.AsyncClient(headers=EVENTS) as client:
        assert '"tick":1' in (await client.get(url, params=SUBSCRIPTION)).text
        reply = await client.get(url, params={"query": "mutation { act }"})
        assert reply.status_code == 405


@pytest.mark.parametrize("accept", ["application/json", "*/*", "multipart/mixed"])
async def test_who_takes_no_events_gets_none(engine_of, accept):
    async with ticking(engine_of, Ticks()) as url:
        reply = await posted(url, SUBSCRIPTION, accept=accept)
        assert reply.status_code == 406
        assert reply.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


async def test_silence_is_filled_and_leaving_closes_the_source(engine_of):
    source = Ticks(1, pause=30)
    async with ticking(engine_of, source) as url, httpx.AsyncClient() as client:
        async with client.stream("POST", url, json=SUBSCRIPTION, headers=EVENTS) as reply:
            text = ""
            async for chunk in reply.aiter_text():
                text += chunk
                if text.count(":\n\n") == 2:
                    break
        await asyncio.wait_for(source.closed.wait(), 60)
        assert text == 'event: next\ndata: {"data":{"tick":0}}\n\n:\n\n:\n\n'


# the side of the subgraph


async def payloads(url, **settings):
    streams = HttpStreams({"api": url}, settings=HttpStreamSettings(**settings))
    async with contextlib.aclosing(streams.subscribe("api", REQUEST, None)) as events:
        return [one.data async for one in events]


async def test_a_gateway_hears_another_over_http(engine_of):
    async with ticking(engine_of, Ticks(500)) as url:
        assert await payloads(url) == [{"tick": n} for n in range(500)]
        async with serving(engine_of(HttpStreams({"api": url}))) as second:
            text = (await posted(second, SUBSCRIPTION, **EVENTS)).text
            assert text.count("event: next") == 500


async def test_heartbeats_count_and_closing_reaches_the_source(engine_of):
    source = Ticks(1, pause=30)
    async with ticking(engine_of, source) as url:
        streams = HttpStreams({"api": url}, settings=HttpStreamSettings(silence=0.5))
        events = streams.subscribe("api", REQUEST, None)
        assert (await anext(events)).data == {"tick": 0}
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.7)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(source.closed.wait(), 60)


async def test_an_answer_that_is_no_stream_is_one_event(engine_of):
    async with ticking(engine_of, Ticks()) as url:
        streams = HttpStreams({"api": url}, lambda *_: {"content-type": "text/plain"})
        events = [one async for one in streams.subscribe("api", REQUEST, None)]
        assert [one.data for one in events] == [None]
        assert events[0].errors[0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@contextlib.asynccontextmanager
async def speaking(*chunks):
    async def speak(reader, writer):
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for chunk in chunks:
                await asyncio.sleep(chunk) if isinstance(chunk, float) else writer.write(chunk)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def test_events_in_any_pieces_and_line_ends():
    text = (
        b': hello\r\n\r\nevent: next\r\ndata: {"data":\r\ndata: {"tick": 1}}\r\n\r\n'
        b'id: 7\nevent:next\ndata:{"data": {"tick": 2}}\n\nevent: complete\n\n'
    )
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    async with speaking(HEAD, *pieces) as url:
        assert await payloads(url) == [{"tick": 1}, {"tick": 2}]


@pytest.mark.parametrize(
    "chunks, error",
    [
        ([HEAD, b'event: next\ndata: {"data": {}}\n\n'], SubgraphUnreachable),
        ([HEAD, b"event: next\ndata: nope\n\n"], SubgraphBadReply),
        ([HEAD, b"event: next\ndata: " + b"x" * 3000], SubgraphBadReply),
        ([HEAD, 5.0], SubgraphTimeout),
        ([b"nonsense\r\n\r\n"], SubgraphBadReply),
        ([b"HTTP/1.1 502 No\r\nContent-Length: 1\r\n\r\nx"], SubgraphUnreachable),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"], SubgraphBadReply),
    ],
)
async def test_streams_that_go_wrong(chunks, error):
    async with speaking(*chunks) as url:
        with pytest.raises(error):
            await payloads(url, silence=0.1, max_event_bytes=1000)


async def test_nobody_there():
    with pytest.raises(SubgraphUnreachable):
        await payloads("http://127.0.0.1:1/")
