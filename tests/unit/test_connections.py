"""A connection that says too little, too slowly or too much is closed, and others are served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from c360_kernel.asgi import ABORT
from starlette.types import Receive, Scope, Send

from c360_cli.running.connections import ConnectionLimits
from c360_cli.running.http import server

HOST = "127.0.0.1"
QUICK = ConnectionLimits(
    most=5,
    for_probes=2,
    head_s=0.3,
    body_s=0.3,
    keep_alive_s=1,
    stalled_s=0.2,
    linger_s=0.3,
    linger_bytes=300_000,
)
CUT: list[str] = []
GET = b"GET /graphql HTTP/1.1\r\nhost: x\r\n\r\n"
Open = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/early` answers at once, `/slow` after half a second, `/much` with 40 MB, `/cut` with a part
    before it cuts the connection, `/stream` with a head long before the rest, others at the end of
    the body.
    """
    status, body = 200, b"done"
    if scope["path"] == "/early":
        status = 401
    else:
        while (await receive()).get("more_body"):
            pass
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    if scope["path"] == "/much":
        body = bytes(40_000_000)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if scope["path"] == "/stream":
        await receive()
    if scope["path"] == "/cut":
        await send({"type": "http.response.body", "body": b"d", "more_body": True})
        scope["extensions"][ABORT]()
        CUT.append((await receive())["type"])
        return
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(limits: ConnectionLimits) -> AsyncIterator[Open]:
    running = server(app, 0, limits=limits)
    running.config.lifespan = "off"
    task = asyncio.create_task(running._serve())
    while not running.started:
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    async with AsyncExitStack() as closing:

        async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection(HOST, port)
            closing.callback(writer.close)
            return reader, writer

        yield connect
    running.should_exit = True
    await task


@pytest.fixture
async def connect() -> AsyncIterator[Open]:
    async with serving(QUICK) as opened:
        yield opened


async def until_closed(reader: asyncio.StreamReader, within_s: float = 1.0) -> bytes:
    async with asyncio.timeout(within_s):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def ask(connect: Open, request: bytes) -> bytes:
    reader, writer = await connect()
    writer.write(request)
    async with asyncio.timeout(5):
        return await reader.readuntil(b"\r\n")


@pytest.mark.parametrize(
    "given", [b"", b"\r\n", b"GET", b"POST /graphql HTTP/1.1\r\nhost: x\r\nx-a: ", GET + GET[:9]]
)
async def test_a_head_that_does_not_end_is_not_waited_for(connect: Open, given: bytes) -> None:
    reader, writer = await connect()
    writer.write(given)
    await until_closed(reader, 2 if given.startswith(GET) else 1)


async def test_bytes_now_and_then_do_not_keep_a_head_open(connect: Open) -> None:
    reader, writer = await connect()
    writer.write(b"GET / HTTP/1.1\r\n")
    closed = asyncio.create_task(until_closed(reader))
    for _ in range(10):
        await asyncio.sleep(0.08)
        writer.write(b"x: y\r\n")
    assert b"408" in (await closed).partition(b"\r\n")[0]


@pytest.mark.parametrize("sent", [b"", b"{", b"x" * 5_000])
async def test_a_body_that_does_not_come_is_not_waited_for(connect: Open, sent: bytes) -> None:
    reader, writer = await connect()
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n" + sent)
    assert b"408" in await until_closed(reader)


async def test_a_body_that_keeps_coming_has_more_time() -> None:
    async with serving(replace(QUICK, body_bytes_per_s=10_000)) as connect:
        reader, writer = await connect()
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 20000\r\n\r\n")
        for _ in range(10):
            await asyncio.sleep(0.06)
            writer.write(bytes(2_000))
        assert b"200" in await reader.readuntil(b"\r\n")


@pytest.mark.parametrize("head", [b"x: " + b"y" * 70_000, b"\r\n".join([b"a: b" * 10] * 2_000)])
async def test_a_large_head_is_refused(connect: Open, head: bytes) -> None:
    reader, writer = await connect()
    writer.write(b"GET / HTTP/1.1\r\n" + head + b"\r\n\r\n")
    assert b"431" in await until_closed(reader)


async def test_a_head_that_grows_for_ever_is_cut_off(connect: Open) -> None:
    reader, writer = await connect()
    writer.write(b"GET / HTTP/1.1\r\nx: ")
    for _ in range(20):
        writer.write(b"y" * 10_000)
        await asyncio.sleep(0)
    await until_closed(reader, 0.25)


async def test_after_an_early_answer_the_body_is_not_taken(connect: Open) -> None:
    reader, writer = await connect()
    writer.write(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 200000000\r\n\r\n")
    answer = asyncio.create_task(reader.readuntil(b"done"))
    taken = 0
    with pytest.raises((ConnectionError, TimeoutError)):
        async with asyncio.timeout(3):
            while True:
                writer.write(bytes(100_000))
                await writer.drain()
                taken += 100_000
    assert taken < 20_000_000
    assert b"401" in await answer and b"connection: close" in await answer


async def test_an_early_answer_to_a_short_body_arrives_whole(connect: Open) -> None:
    reader, writer = await connect()
    writer.write(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 250000\r\n\r\n" + b"x")
    await asyncio.sleep(0.05)
    writer.write(bytes(249_999))
    assert (await until_closed(reader)).endswith(b"done")


async def test_one_connection_serves_many_requests(connect: Open) -> None:
    reader, writer = await connect()
    for body in (b"", b"x" * 100_000, b"y"):
        length = str(len(body)).encode()
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: " + length + b"\r\n\r\n")
        await asyncio.sleep(0.02)
        writer.write(body)
        answer = await reader.readuntil(b"done")
        assert b"200" in answer and b"close" not in answer


async def test_beyond_the_limit_the_longest_idle_gives_its_place(connect: Open) -> None:
    silent = [await connect() for _ in range(5)]
    await asyncio.sleep(0.02)
    assert b"200" in await ask(connect, GET)
    assert await until_closed(silent[0][0], 0.1) == b""
    with pytest.raises(TimeoutError):
        await until_closed(silent[1][0], 0.05)


async def test_where_all_are_busy_only_probes_are_answered(connect: Open) -> None:
    busy = [asyncio.create_task(ask(connect, GET.replace(b"/graphql", b"/slow"))) for _ in range(5)]
    await asyncio.sleep(0.1)
    assert b"503" in await ask(connect, GET)
    assert b"200" in await ask(connect, GET.replace(b"/graphql", b"/livez"))
    assert all(b"200" in answer for answer in await asyncio.gather(*busy))
    assert b"200" in await ask(connect, GET)


async def test_hundreds_of_half_open_requests_leave_room(connect: Open) -> None:
    for _ in range(300):
        _, writer = await connect()
        writer.write(b"POST /graphql HTTP/1.1\r\n")
    started = time.monotonic()
    assert b"200" in await ask(connect, GET)
    assert time.monotonic() - started < 0.25


async def test_an_answer_that_nobody_takes_is_given_up(connect: Open) -> None:
    reader, writer = await connect()
    writer.write(GET.replace(b"/graphql", b"/much"))
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.8)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(40_000_000)


async def test_an_application_may_cut_its_connection(connect: Open) -> None:
    reader, writer = await connect()
    writer.write(GET.replace(b"/graphql", b"/cut"))
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        async with asyncio.timeout(1):
            await reader.readuntil(b"done")
    assert b"200" in await ask(connect, GET)
    assert CUT == ["http.disconnect"]


async def test_a_head_does_not_wait_for_a_body_that_comes_later(connect: Open) -> None:
    answered = await ask(connect, b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answered == b"HTTP/1.1 200 OK\r\n"
