"""A process killed between two writes loses nothing and tells nothing wrong."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.topics import PROFILES

from services.profile.tests.mongodb.told import service_on, work, world, write_log

pytestmark = pytest.mark.servers
ROOT = Path(__file__).parents[4]
SCRIPT = "services.profile.tests.mongodb.killed_between_writes"


def killed_after(writes: int, folder: Path, url: str) -> None:
    command = [sys.executable, "-m", SCRIPT, str(folder), url, str(writes)]
    ended = subprocess.run(command, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL


async def last_told(log):
    last = {}
    for partition, end in (await log.ends([PROFILES])).items():
        for entry in await log.read(partition, 0, end):
            payload = decode(PROFILES, entry.data)
            last[entry.key] = max(last.get(entry.key, payload), payload, key=lambda t: t.version)
    return last


# The first two writes make the store; a run has more than twelve.
@pytest.mark.parametrize("writes", [4, 5, 6, 7, 8, 11])
async def test_what_was_half_written_is_completed(tmp_path, database_url, writes):
    (tmp_path / "one").mkdir()
    undisturbed = await write_log(tmp_path / "one", world(8))
    embedded = service_on(tmp_path / "one")
    await work(embedded, undisturbed)
    (tmp_path / "two").mkdir()
    log = await write_log(tmp_path / "two", world(8))
    service = service_on(tmp_path / "two", database_url)

    killed_after(writes, tmp_path / "two", database_url)
    await work(service, log)

    expected, store = embedded.open_store(), service.open_store()
    assert await store.digest() == await expected.digest()
    assert await store.counts() == await expected.counts()
    assert await store.positions() == await expected.positions()
    states = {payload.customer: payload async for payload in store.emissions()}
    assert await last_told(log) == states
    assert await store.outgoing(1) == []
    for opened in (expected, store, log, undisturbed):
        await opened.close()
