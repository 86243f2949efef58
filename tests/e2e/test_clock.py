"""After a clock that was ahead is put right, what is written later holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Running

pytestmark = pytest.mark.slow
HOUR_S = 3_600
TEN_YEARS_S = 10 * 365 * 24 * HOUR_S
_SHIFTED = """
import sys, time
real_ns, real, shift = time.time_ns, time.time, int(sys.argv.pop(1))
time.time_ns = lambda: real_ns() + shift * 1_000_000_000
time.time = lambda: real() + shift
from c360_cli.main import main
main()
"""
UPSERT = """mutation W($r: [RecordInput!]!, $c: [ConsentInput!]!) {
  upsertRecords(records: $r, wait: PROFILE) { results { status } }
  recordConsent(consents: $c, wait: PROFILE) { results { status } } }"""
READ = """{ customerByRecord(source: "crm", key: "1") {
  profile { name } consents { purpose status } } }"""


class Shifted(Running):
    """An instance whose clock is so many seconds ahead."""

    shift_s = 0

    def _start(self) -> subprocess.Popen[bytes]:
        self.data.mkdir(parents=True, exist_ok=True)
        place = ["up", "--data", str(self.data), "--port", str(self.port)]
        with self._log_file().open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-c", _SHIFTED, str(self.shift_s), *place],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )


class Ahead(Shifted):
    shift_s = HOUR_S


def _write(instance: Running, name: str, state: str) -> None:
    record = {"source": "crm", "key": "1", "traits": {"name": name}}
    consent = {"source": "crm", "key": "1", "purpose": "marketing", "status": state}
    body = {"query": UPSERT, "variables": {"r": [record], "c": [consent]}}
    _, answer = instance.post(body, instance.token("connector", "--source", "crm"))
    for made in answer["data"].values():
        assert [one["status"] for one in made["results"]] == ["APPLIED"]


def _read(instance: Running) -> dict[str, Any]:
    return instance.ask("privacy_officer", READ)["data"]["customerByRecord"]


def test_a_withdrawal_after_an_hour_of_wrong_clock_is_in_force(tmp_path: Path) -> None:
    with Ahead(tmp_path) as instance:
        _write(instance, "Old Name", "GRANTED")
    with Running(tmp_path) as instance:
        _write(instance, "New Name", "WITHDRAWN")
        found = _read(instance)
        assert found["profile"]["name"] == "New Name"
        assert found["consents"] == [{"purpose": "marketing", "status": "WITHDRAWN"}]
        assert "CLOCK_BEHIND" in instance.output()


def test_a_clock_years_behind_is_refused(tmp_path: Path) -> None:
    with Running(tmp_path):
        pass
    _append_ahead(tmp_path, TEN_YEARS_S)
    with pytest.raises(AssertionError, match="CLOCK_BEHIND"), Running(tmp_path):
        pass
    with Running(tmp_path, env={"C360_CLOCK_BEHIND_S": str(2 * TEN_YEARS_S)}):
        pass


def _append_ahead(data: Path, shift_s: int) -> None:
    script = f"""
import asyncio, time
from dataclasses import replace
from pathlib import Path
from c360_kernel.testing.entries import record_entry
from c360_kernel.log.sqlite import SqliteLog
async def main():
    log = SqliteLog(Path({str(data / "log")!r}))
    stamp = f"{{time.time_ns() // 1_000_000 + {shift_s} * 1000:012x}}" + "0" * 16
    await log.append([replace(record_entry("a"), stamp=stamp)])
    await log.close()
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", script], check=True)
