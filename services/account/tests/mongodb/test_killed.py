"""A process killed between two writes loses nothing and tells nothing wrong."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.account.tests.mongodb.told import last_told, service_on, work, world, write_log

pytestmark = pytest.mark.servers
ROOT = Path(__file__).parents[4]
SCRIPT = "services.account.tests.mongodb.killed_between_writes"


def killed_after(writes: int, folder: Path, url: str) -> None:
    command = [sys.executable, "-m", SCRIPT, str(folder), url, str(writes)]
    ended = subprocess.run(command, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL


# The first two writes make the store. A run has more than fifteen.
@pytest.mark.parametrize("writes", range(4, 16, 2))
async def test_what_was_half_written_is_completed(tmp_path, database_url, writes):
    (tmp_path / "one").mkdir()
    undisturbed = await write_log(tmp_path / "one", world(12))
    embedded = service_on(tmp_path / "one")
    await work(embedded, undisturbed)
    (tmp_path / "two").mkdir()
    log = await write_log(tmp_path / "two", world(12))
    service = service_on(tmp_path / "two", database_url)

    killed_after(writes, tmp_path / "two", database_url)
    await work(service, log)

    expected, store = embedded.open_store(), service.open_store()
    assert await store.digest() == await expected.digest()
    assert await store.counts() == await expected.counts()
    assert await store.positions() == await expected.positions()
    states = {str(one.record): one.account async for one in store.emissions()}
    assert {key: one.account for key, one in (await last_told(log)).items()} == states
    assert await store.outgoing(1) == []
    for opened in (expected, store, log, undisturbed):
        await opened.close()
