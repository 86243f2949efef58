"""What a gateway spends on requests, as the operating system counts it, and whether it is right."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from c360_federation.execute.http_client.pool import Origin, Pool, PoolLimits
from c360_federation.execute.http_client.transport import post_message
from c360_federation.execute.transport import SubgraphUnreachable

Json = Any
_CONNECTIONS = 50
"""As many as the public benchmark has users."""
_SETTLE_S = 0.8
_READY_S = 60
_TICKS = os.sysconf("SC_CLK_TCK")


class WrongAnswer(Exception):
    """A gateway's answer is not what the world says."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request's body and the `data` that answers it."""

    body: bytes
    data: Json


@dataclass(slots=True)
class Client:
    """Asks one gateway, each time with another token, and checks every answer."""

    name: str
    url: str
    tokens: Iterator[str]
    questions: Sequence[Question]
    _right: set[tuple[int, bytes]] = field(default_factory=set[tuple[int, bytes]])

    async def wait(self) -> None:
        """Return once the gateway answers."""
        for _ in range(_READY_S * 5):
            with suppress(SubgraphUnreachable, WrongAnswer):
                return await self.ask(1)
            await asyncio.sleep(0.2)
        await self.ask(1)

    async def ask(self, count: int) -> None:
        """Ask so many questions over a few connections, in turn."""
        origin = Origin.of(self.url)
        pool = Pool(origin, PoolLimits(max_connections=_CONNECTIONS))
        numbers = iter(range(count))
        await asyncio.gather(*(self._ask_each(pool, origin, numbers) for _ in range(_CONNECTIONS)))
        pool.close()

    async def _ask_each(self, pool: Pool, origin: Origin, numbers: Iterable[int]) -> None:
        for number in numbers:
            position = number % len(self.questions)
            headers = {"Authorization": f"Bearer {next(self.tokens)}"}
            body = self.questions[position].body
            message = post_message(origin, "application/json", body, headers)
            reply = await pool.exchange(partial(bytes, message))
            self._check(position, reply.body)

    def _check(self, position: int, given: bytes) -> None:
        """Compare an answer; bytes that were right once are right again."""
        if (position, given) in self._right:
            return
        if not _is_answer(given, self.questions[position].data):
            raise WrongAnswer(f"{self.name} answered {given[:500]!r}")
        self._right.add((position, given))


def _is_answer(given: bytes, data: Json) -> bool:
    try:
        answer = orjson.loads(given)
    except orjson.JSONDecodeError:
        return False
    # Only ours says beside the data what its policy did.
    extensions = answer.pop("extensions", {})
    return extensions.keys() <= {"policy"} and _canonical(answer) == _canonical({"data": data})


def _canonical(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


async def cpu_of(client: Client, count: int, pid: int) -> float:
    """CPU seconds that a process and its children spend on so many requests, and right after."""
    await asyncio.sleep(_SETTLE_S)
    before = cpu_seconds(pid)
    await client.ask(count)
    await asyncio.sleep(_SETTLE_S)
    return cpu_seconds(pid) - before


def cpu_seconds(pid: int) -> float:
    """User and system time so far of a process and all below it, ended children included."""
    return sum(_own_seconds(one) for one in _tree(pid))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _own_seconds(pid: int) -> float:
    # The name in field 2 may hold blanks; utime, stime, cutime and cstime are fields 14 to 17.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15]) / _TICKS
