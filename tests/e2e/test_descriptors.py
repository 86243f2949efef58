"""Connections that say nothing, more of them than files may be open, cost nobody an answer."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.running import Running

_DESCRIPTORS = 600
_UPSERT = """mutation W($r: [RecordInput!]!) {
  upsertRecords(records: $r, wait: PROFILE, timeoutMs: 30000) { results { status } } }"""


# What is started by it may open no more files.
_FEW = ("sh", "-c", f'ulimit -n {_DESCRIPTORS}; exec "$@"', "sh")


@pytest.mark.slow
def test_more_idle_connections_than_descriptors_stop_nobody(tmp_path: Path) -> None:
    with ExitStack() as opened:
        instance = opened.enter_context(Running(tmp_path, before=_FEW))
        token = instance.token("connector", "--source", "crm")
        for _ in range(_DESCRIPTORS + 100):
            idle = socket.create_connection(("127.0.0.1", instance.port), timeout=10)
            opened.enter_context(idle)
        for number in range(3):
            record = {"source": "crm", "key": str(number), "traits": {"name": "Ann"}}
            body = {"query": _UPSERT, "variables": {"r": [record]}}
            status, answer = instance.post(body, token)
            assert status == 200, answer
            assert answer["data"]["upsertRecords"]["results"] == [{"status": "APPLIED"}]
        found = instance.ask("privacy_officer", "{ customers { totalCount } }")
        assert found["data"]["customers"]["totalCount"] == 3
        assert instance.process.poll() is None
