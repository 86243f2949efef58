"""A head and a body that are there at once are one write; nothing waits longer than a turn."""

from __future__ import annotations

import asyncio

from c360_cli.running.connections.answers import Answer


class Recording(asyncio.Transport):
    """What goes out, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"closed")

    def is_closing(self) -> bool:
        return self.sent[-1:] == [b"closed"]


def begun() -> tuple[Answer, list[bytes]]:
    transport = Recording()
    return Answer(transport, asyncio.get_running_loop()), transport.sent


async def test_what_is_there_at_once_is_one_write() -> None:
    answer, sent = begun()
    answer.write(b"head")
    assert sent == []
    answer.write(b"body")
    answer.write(b"more")
    await asyncio.sleep(0)
    assert sent == [b"headbody", b"more"]


async def test_a_head_goes_alone_where_nothing_follows_it() -> None:
    answer, sent = begun()
    answer.write(b"head")
    await asyncio.sleep(0)
    assert sent == [b"head"]
    answer.write(b"body")
    assert sent == [b"head", b"body"]


async def test_a_large_body_is_not_copied_behind_the_head() -> None:
    answer, sent = begun()
    answer.write(b"head")
    answer.write(bytes(100_000))
    assert sent == [b"head", bytes(100_000)]


async def test_the_end_leaves_nothing_behind() -> None:
    answer, sent = begun()
    answer.write(b"head")
    answer.close()
    await asyncio.sleep(0)
    assert sent == [b"head", b"closed"]
    assert answer.is_closing()


async def test_who_is_gone_is_sent_nothing() -> None:
    transport = Recording()
    answer = Answer(transport, asyncio.get_running_loop())
    answer.write(b"head")
    transport.close()
    await asyncio.sleep(0)
    assert transport.sent == [b"closed"]
