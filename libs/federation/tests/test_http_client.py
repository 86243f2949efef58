"""The subgraph client against a real server on a socket, well-behaved and not."""

import asyncio
import contextlib
import itertools
import json

import pytest
from c360_federation import (
    HttpSettings,
    HttpTransport,
    SubgraphBadReply,
    SubgraphReplyTooLarge,
    SubgraphRequest,
    SubgraphTimeout,
    SubgraphUnreachable,
)
from c360_federation.execute import deadline

READ = SubgraphRequest("{ a }", {})
WRITE = SubgraphRequest("mutation { a }", {}, operation="mutation")
OK = b'{"data": {"a": 1}}'


def reply(body=OK, extra=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), extra, body)


class Server:
    """Answers each request by what the script says; counts connections and requests."""

    def __init__(self, *script):
        self.script = list(script)
        self.connections = 0
        self.requests = []
        self.open = 0

    async def handle(self, reader, writer):
        self.connections += 1
        self.open += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                headers = dict(
                    line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:-2]
                )
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append((head.decode(), json.loads(body)))
                act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if act is None:
                    return
                if callable(act):
                    await act(writer)
                else:
                    writer.write(act)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


@contextlib.asynccontextmanager
async def serving(*script, headers=lambda *_: {}, **settings):
    stated = Server(*script)
    server = await asyncio.start_server(stated.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    urls = {"api": f"http://127.0.0.1:{port}/graphql"}
    transport = HttpTransport(urls, headers, HttpSettings(**settings))
    try:
        yield transport, stated
    finally:
        await transport.close()
        server.close()


async def test_connections_are_kept():
    async with serving(reply()) as (transport, server):
        for _ in range(3):
            assert (await transport.execute("api", READ, None)).data == {"a": 1}
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_the_hook_sees_the_body_and_its_headers_are_sent():
    def sign(subgraph, body, context):
        return {"X-Signed": f"{subgraph} {len(body)} {context}"}

    async with serving(reply(), headers=sign) as (transport, server):
        await transport.execute("api", READ, "me")
        head, body = server.requests[0]
        length = head.split("Content-Length: ")[1].split("\r\n")[0]
        assert f"X-Signed: api {length} me" in head
        assert body == {"query": "{ a }", "variables": {}}


async def test_a_header_cannot_be_split():
    async with serving(reply(), headers=lambda *_: {"x": "a\r\nb: c"}) as (transport, server):
        with pytest.raises(ValueError, match="line break"):
            await transport.execute("api", READ, None)
        assert server.requests == []


async def test_a_stale_connection_is_retried_once_for_reads():
    async with serving(reply(), None, reply()) as (transport, server):
        await transport.execute("api", READ, None)
        assert (await transport.execute("api", READ, None)).data == {"a": 1}
        assert server.connections == 2


async def test_what_is_sent_again_is_signed_anew():
    numbers = itertools.count()
    script, signed = (reply(), None, reply()), lambda *_: {"X-Once": str(next(numbers))}
    async with serving(*script, headers=signed) as (transport, server):
        for _ in range(2):
            await transport.execute("api", READ, None)
        assert len(server.requests) == 3
        assert len({head.split("X-Once: ")[1] for head, _ in server.requests}) == 3


async def test_a_write_is_never_sent_twice():
    async with serving(reply(), None, reply()) as (transport, server):
        await transport.execute("api", READ, None)
        with pytest.raises(SubgraphUnreachable):
            await transport.execute("api", WRITE, None)
        assert len(server.requests) == 2


async def test_a_fresh_connection_that_breaks_is_not_retried():
    async with serving(None) as (transport, server):
        with pytest.raises(SubgraphUnreachable):
            await transport.execute("api", READ, None)
        assert len(server.requests) == 1


async def test_a_late_reply_never_answers_the_next_request():
    async def late(writer):
        await asyncio.sleep(0.1)
        writer.write(reply(b'{"data": {"a": "late"}}'))
        await writer.drain()

    async with serving(late, reply(), timeout=0.03) as (transport, server):
        with pytest.raises(SubgraphTimeout):
            await transport.execute("api", READ, None)
        assert (await transport.execute("api", READ, None)).data == {"a": 1}
        assert server.connections == 2


async def test_where_whoever_asks_keeps_time_a_late_reply_never_answers_the_next_either():
    async def late(writer):
        await asyncio.sleep(0.1)
        writer.write(reply(b'{"data": {"a": "late"}}'))
        await writer.drain()

    untimed = {"timeout": 0.02, "is_reply_timed": False}
    async with serving(late, late, reply(), **untimed) as (transport, server):
        assert (await transport.execute("api", READ, None)).data == {"a": "late"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await transport.execute("api", READ, None)
        assert (await transport.execute("api", READ, None)).data == {"a": 1}
        assert server.connections == 2


async def test_an_unasked_reply_closes_the_connection():
    async with serving(reply() + reply(b'{"data": {"a": "stray"}}'), reply()) as (transport, _):
        await transport.execute("api", READ, None)
        await asyncio.sleep(0.02)
        assert (await transport.execute("api", READ, None)).data == {"a": 1}


@pytest.mark.parametrize("stray", [reply(b'{"data": {"a": "stray"}}'), b"HTTP/1.1 200 OK\r\nX: y"])
async def test_what_begins_behind_a_reply_never_answers_the_next_request(stray):
    async def rest(writer):
        # Whoever asks over the same connection gets what is left of the stray.
        left = b"\r\n" + reply(b'{"data": {"a": "stray"}}').partition(b"\r\n")[2]
        writer.write(left if server.connections == 1 else reply())
        await writer.drain()

    async with serving(reply() + stray, rest) as (transport, server):
        for _ in range(2):
            assert (await transport.execute("api", READ, None)).data == {"a": 1}


@pytest.mark.parametrize("precise_s", [1.0, 0.0])
async def test_a_late_reply_is_given_up_however_its_time_is_kept(monkeypatch, precise_s):
    async def never(writer):
        await asyncio.sleep(0.3)

    monkeypatch.setattr(deadline, "_PRECISE_S", precise_s)
    async with serving(reply(), never, reply(), timeout=0.05) as (transport, server):
        await transport.execute("api", READ, None)
        await asyncio.sleep(0.15)
        with pytest.raises(SubgraphTimeout):
            await transport.execute("api", READ, None)
        assert (await transport.execute("api", READ, None)).data == {"a": 1}
        assert server.connections == 2


async def test_connections_are_capped():
    async def slow(writer):
        await asyncio.sleep(0.01)
        writer.write(reply())
        await writer.drain()

    async with serving(slow, max_connections=2) as (transport, server):
        await asyncio.gather(*(transport.execute("api", READ, None) for _ in range(8)))
        assert server.connections == 2


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"9\r\n{\"data\": \r\n9\r\n{\"a\": 1}}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + reply(),
        reply(extra=b"Connection: close\r\n"),
        b"HTTP/1.1 500 Oops\r\nContent-Length: 18\r\n\r\n" + OK,
    ],
)  # fmt: skip
async def test_forms_of_replies(sent):
    async with serving(sent) as (transport, _):
        for _ in range(2):
            assert (await transport.execute("api", READ, None)).data == {"a": 1}


async def test_a_reply_that_ends_with_the_connection():
    async def until_close(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + OK)
        await writer.drain()
        writer.close()

    async with serving(until_close) as (transport, _):
        assert (await transport.execute("api", READ, None)).data == {"a": 1}


@pytest.mark.parametrize(
    "sent",
    [
        b"not http at all\r\n\r\n",
        reply(b"<html>"),
        reply(b"[1]"),
        reply(b"{}"),
        reply(b'{"data": 3}'),
        reply(b'{"data": {}, "errors": "x"}'),
        b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nbad",
    ],
)
async def test_bad_replies(sent):
    async with serving(sent, max_reply_bytes=1000) as (transport, _):
        with pytest.raises(SubgraphBadReply):
            await transport.execute("api", READ, None)


async def test_a_reply_is_read_no_further_than_it_may_be_large():
    async with serving(reply(b"x" * 2000), max_reply_bytes=1000) as (transport, _):
        with pytest.raises(SubgraphReplyTooLarge):
            await transport.execute("api", READ, None)


async def test_a_reply_with_too_many_objects_is_not_read_as_json():
    body = b'{"data": {"list": [' + b'{"a": 1},' * 50 + b"no JSON at all"
    async with serving(reply(body), max_reply_objects=20) as (transport, _):
        with pytest.raises(SubgraphReplyTooLarge):
            await transport.execute("api", READ, None)


async def test_as_many_objects_as_a_reply_may_have_are_taken():
    body = b'{"data":{"list":[' + b",".join([b'{"a":1}'] * 19) + b"]}}"
    async with serving(reply(body), max_reply_objects=20) as (transport, _):
        assert len((await transport.execute("api", READ, None)).data["list"]) == 19


@pytest.mark.parametrize(
    ("timing", "seconds"),
    [(b"cpu;dur=12.5", 0.0125), (b"cpu;dur=7", 0.007), (b"db;dur=9", 0.0), (b"cpu;dur=1e9", 0.0)],
)
async def test_the_time_that_a_subgraph_took_is_told(timing, seconds):
    collected = []
    async with serving(reply(extra=b"Server-Timing: " + timing + b"\r\n")) as (transport, _):
        transport._spend = collected.append
        await transport.execute("api", READ, None)
    assert collected == [pytest.approx(seconds)]


async def test_a_proxy_before_nobody():
    sent = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad"
    async with serving(sent) as (transport, _):
        with pytest.raises(SubgraphUnreachable):
            await transport.execute("api", READ, None)


async def test_a_reply_that_is_cut_off():
    async def cut(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    async with serving(cut) as (transport, _):
        with pytest.raises(SubgraphUnreachable):
            await transport.execute("api", READ, None)


async def test_nobody_listens():
    transport = HttpTransport({"api": "http://127.0.0.1:1/graphql"})
    with pytest.raises(SubgraphUnreachable):
        await transport.execute("api", READ, None)
    with pytest.raises(SubgraphUnreachable):
        await transport.execute("unknown", READ, None)


async def test_cancelling_closes_the_connection():
    async def never(_):
        await asyncio.sleep(0.5)

    async with serving(never) as (transport, _):
        task = asyncio.create_task(transport.execute("api", READ, None))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (pool,) = transport._pools.values()
        assert pool._idle == []
