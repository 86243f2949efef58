"""How far a connector is in the inbox, whatever becomes of the log meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from c360_connect.files import AsideFile, StateFile
from c360_connect.inbox import FORGOTTEN, Inbox
from c360_connectors.pulling.state import PullState
from c360_connectors.pulling.taking import Taken
from c360_connectors.receiving.taking import DeliveryTaking
from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry, partition_of
from c360_kernel.log.retention import Retention, Trimmer
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import INBOX
from c360_kernel.metrics import CONNECT_FORGOTTEN
from c360_kernel.payload import DeliveryReceived
from c360_kernel.stamp import stamp_at


@dataclass
class Bodies:
    """Takes bodies, and keeps them."""

    taken: list[bytes] = field(default_factory=list[bytes])

    async def bodies(self, bodies: Sequence[bytes]) -> Taken:
        self.taken += bodies
        return Taken({}, ())


async def delivered(log: SqliteLog, *bodies: bytes, to: str = "shop") -> None:
    for body in bodies:
        data = encode(DeliveryReceived(to, body.hex(), 1, body))
        name = f"inbox:{body.hex()}"
        await log.append([NewEntry(INBOX, to, name, "t", "s", to, 1, stamp_at(1), data)])


async def taken(data: Path, log: SqliteLog) -> tuple[Sequence[bytes], PullState]:
    """What a run takes of the log, and how it is then."""
    taking = Bodies()
    states, aside = StateFile(data, "shop"), AsideFile(data, "shop")
    inbox = Inbox("shop", log, cast("DeliveryTaking", taking), aside, states)
    async with asyncio.timeout(60):
        state = await inbox.to_the_end()
    return taking.taken, state


async def test_a_run_ends_where_what_was_delivered_has_gone_by_its_age(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log")
    await delivered(log, b"old")
    trimmer = Trimmer(Retention(days=1), log.partitions, pause_s=0)
    trimmer.next_at = 0
    with closing(sqlite3.connect(tmp_path / "log/log.db", isolation_level=None)) as file:
        trimmer.trim(file)
    assert (await taken(tmp_path, log))[0] == []
    await delivered(log, b"new")
    assert (await taken(tmp_path, log))[0] == [b"new"]
    await log.close()


def forget(data: Path, log: SqliteLog) -> None:
    trimmer = Trimmer(Retention(days=1), log.partitions, pause_s=0)
    trimmer.next_at = 0
    with closing(sqlite3.connect(data / "log/log.db", isolation_level=None)) as file:
        trimmer.trim(file)


async def test_what_the_inbox_forgot_untaken_is_counted_once(tmp_path: Path) -> None:
    log, before = SqliteLog(tmp_path / "log"), CONNECT_FORGOTTEN.value("shop")
    await delivered(log, b"before it was there")
    forget(tmp_path, log)
    assert (await taken(tmp_path, log))[1].counts.get(FORGOTTEN, 0) == 0
    await delivered(log, b"taken")
    assert (await taken(tmp_path, log))[0] == [b"taken"]
    await delivered(log, b"lost", b"lost too")
    forget(tmp_path, log)
    found, state = await taken(tmp_path, log)
    assert (found, state.counts[FORGOTTEN]) == ([], 2)
    assert StateFile(tmp_path, "shop").load().counts[FORGOTTEN] == 2
    assert CONNECT_FORGOTTEN.value("shop") == before + 2
    await delivered(log, b"lost as well")
    forget(tmp_path, log)
    await delivered(log, b"new")
    found, state = await taken(tmp_path, log)
    assert (found, state.counts[FORGOTTEN]) == ([b"new"], 3)
    assert (await taken(tmp_path, log))[1].counts[FORGOTTEN] == 3
    await log.close()


async def test_what_the_inbox_forgets_while_others_are_taken_is_counted(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log")

    class Slow(Bodies):
        """Is late with the first of them."""

        async def bodies(self, bodies: Sequence[bytes]) -> Taken:
            if not self.taken:
                await delivered(log, b"lost", b"lost too")
                forget(tmp_path, log)
                await delivered(log, b"new")
            return await super().bodies(bodies)

    await delivered(log, b"old")
    states, taking = StateFile(tmp_path, "shop"), Slow()
    aside = AsideFile(tmp_path, "shop")
    inbox = Inbox("shop", log, cast("DeliveryTaking", taking), aside, states)
    running = asyncio.create_task(inbox.on())
    async with asyncio.timeout(60):
        while states.load().counts.get("deliveries", 0) < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (taking.taken, states.load().counts[FORGOTTEN]) == ([b"old", b"new"], 2)
    await log.close()


async def test_what_others_lost_in_another_partition_is_not_counted(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log")
    assert (await taken(tmp_path, log))[0] == []
    other = next(one for one in "abcdef" if partition_of(one, 3) != partition_of("shop", 3))
    await delivered(log, b"x", to=other)
    forget(tmp_path, log)
    found, state = await taken(tmp_path, log)
    assert (found, state.counts.get(FORGOTTEN, 0)) == ([], 0)
    await log.close()


@pytest.mark.parametrize("how", ["put back", "another"])
async def test_deliveries_of_a_log_that_was_changed_are_taken(tmp_path: Path, how: str) -> None:
    (tmp_path / "log").mkdir()
    log = SqliteLog(tmp_path / "log")
    await delivered(log, b"one")
    await log.close()
    shutil.copytree(tmp_path / "log", tmp_path / "copy")
    log = SqliteLog(tmp_path / "log")
    await delivered(log, b"two", b"three")
    assert (await taken(tmp_path, log))[0] == [b"one", b"two", b"three"]
    assert (await taken(tmp_path, log))[0] == []
    await log.close()
    other = SqliteLog(tmp_path / ("copy" if how == "put back" else "other"))
    await delivered(other, b"four", *([] if how == "put back" else [b"five", b"six", b"seven"]))
    found, state = await taken(tmp_path, other)
    assert found[-1] == (b"four" if how == "put back" else b"seven")
    assert b"four" in found
    assert sum(state.positions.values()) == sum((await other.ends((INBOX,))).values())
    assert (await taken(tmp_path, other))[0] == []
    await other.close()
