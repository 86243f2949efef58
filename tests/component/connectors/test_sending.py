"""What sends the items of connectors holds no more than it needs, however long they run."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

from c360_connect.running import Runner
from c360_connectors.form import Connector
from c360_connectors.reading.connector import parse_connector
from c360_kernel.log.memory import MemoryLog
from c360_mapping.mapping import RECORDS

from c360_cli.connecting.entering import taker_of
from tests.component.connectors.source import Taken, Told, serving, settings

TEXT = """\
connector: crm
source: crm
pull: {request: {url: "URL/people"}, rows: {path: people}}
receive:
  signature: {digest: {algorithm: hmac-sha256, header: x, secret: key, signed: "{body}"}}
  rows: {path: ""}
mapping: {kind: records, key: id, observedAt: at}
"""
PERSON = {"id": "1", "at": "2024-11-28T00:57:28Z"}


async def test_each_strand_has_one_taker_for_all_its_runs_which_gets_each_row_once(
    tmp_path: Path,
) -> None:
    taken, takers, enough = Taken(), 0, asyncio.Event()
    chosen = settings(tmp_path, key="s1gn")
    folder = chosen.secrets_of("crm")
    folder.mkdir(parents=True)
    (folder / "key").write_text("s1gn")
    (folder / "key").chmod(0o600)

    def taker(_: Connector) -> Taken:
        nonlocal takers
        takers += 1
        return taken

    def people(_: object) -> Told:
        if taken.batches >= 3:
            loop.call_soon_threadsafe(enough.set)
        return Told({"people": [PERSON, {**PERSON, "id": f"new {taken.batches}"}]})

    loop = asyncio.get_running_loop()
    with serving(people) as url:
        connector = parse_connector(TEXT.replace("URL", url), "crm")
        assert connector.pull is not None
        object.__setattr__(connector.pull, "every_ms", 1)
        running = asyncio.create_task(Runner(chosen, MemoryLog, taker).for_ever([connector]))
        async with asyncio.timeout(30):
            await enough.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert takers == 2
    assert [one["key"] for one in taken.items].count("1") == 1


async def test_who_waits_for_the_gateway_takes_no_thread_of_the_gateway(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    connector = parse_connector(TEXT.replace("URL", "https://crm.example"), "crm")
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as stack:
        silent.setblocking(False)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        take = taker_of(settings(tmp_path), url, "token", stack)(connector)
        sending = asyncio.create_task(take.take(RECORDS, [{"key": "1"}]))
        asked, _ = await loop.sock_accept(silent)
        try:
            async with asyncio.timeout(10):
                await asyncio.to_thread(str)
        finally:
            sending.cancel()
            asked.close()
            with suppress(asyncio.CancelledError):
                await sending
