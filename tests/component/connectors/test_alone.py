"""What runs connectors by itself says how they are, and begins with nothing that cannot run."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import httpx
import pytest
from c360_connect import running
from c360_connect.files import StateFile
from c360_connect.health import connect_app
from c360_connect.settings import ConnectSettings
from c360_connectors.pulling.state import PullState
from c360_connectors.reading.connector import parse_connector
from c360_kernel.errors import SettingsError
from c360_kernel.log.memory import MemoryLog

from c360_cli.assembly import assemble
from c360_cli.connecting.alone import run_connectors, stopped

TEXT = """\
connector: NAME
source: crm
pull: {request: {url: "https://crm.example/people"}, rows: {path: people}}
mapping: {kind: records, key: id, observedAt: at}
"""


async def test_how_far_nobody_can_read_is_told_and_takes_no_other_out(tmp_path: Path) -> None:
    connectors = [parse_connector(TEXT.replace("NAME", one), one) for one in ("crm", "old", "new")]
    StateFile(tmp_path, "crm").save(PullState(code="CONNECTOR_REFUSED", is_stopped=True))
    (tmp_path / "connect" / "old.json").write_text("[")
    settings = ConnectSettings(data=tmp_path)
    app = connect_app(MemoryLog(), connectors, lambda: stopped(settings, connectors))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
    ) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["stopped"] == {
        "crm": "CONNECTOR_REFUSED",
        "old": "CONNECTOR_STATE_DAMAGED",
    }


async def test_networks_that_are_none_are_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("C360_CONNECT_NETWORKS", "10.0.0.1/8")
    with pytest.raises(SettingsError) as refused:
        async with asyncio.timeout(60):
            await run_connectors(assemble(tmp_path), "127.0.0.1", 0)
    assert refused.value.code == "NETWORK_INVALID"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "5",
        '{"cursor": 1',
        '{"cursor": "1"}',
        '{"positions": {"0": "7"}}',
        '{"positions": {"first": 7}}',
        '{"positions": {"0": -7}}',
        '{"counts": {"deliveries": null}}',
        '{"runs": true}',
        '{"code": 5}',
        '{"is_stopped": 0}',
        '{"walk": {"at": 5}}',
        '{"walk": {}}',
        '{"walk": {"at": {}, "steps": "2"}}',
        '{"walk": {"at": {}, "far": 5}}',
        '{"of_a_newer_version": 1}',
    ],
)
def test_a_state_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "connect" / "crm.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"crm\.json is damaged") as refused:
        StateFile(tmp_path, "crm").load()
    assert refused.value.code == "CONNECTOR_STATE_DAMAGED"


async def test_what_keeps_a_connector_from_going_on_is_told_by_code_and_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states = StateFile(tmp_path, "crm")
    states.save(PullState())
    path = tmp_path / "connect" / "crm.json"
    path.write_text("[")

    async def reads() -> PullState:
        return states.load()

    async def writes() -> PullState:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    for on in (reads, writes):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await running.again(running.Strand("crm", states, on, on, 1.0))
    assert f"CONNECTOR_STATE_DAMAGED: {path} is damaged" in caplog.text
    assert f"FILE_UNUSABLE: {os.strerror(errno.ENOSPC)}: {path}" in caplog.text
