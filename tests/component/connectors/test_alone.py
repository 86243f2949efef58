"""What runs connectors by itself says how they are, and begins with nothing that cannot run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
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
        async with asyncio.timeout(20):
            await run_connectors(assemble(tmp_path), "127.0.0.1", 0)
    assert refused.value.code == "NETWORK_INVALID"
