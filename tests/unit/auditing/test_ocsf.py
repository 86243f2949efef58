"""Every act is a whole event of the Open Cybersecurity Schema Framework, and of CloudEvents."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.log.memory import MemoryLog

from c360_cli.auditing.acts import acts_after
from c360_cli.auditing.exporting import FORMATS
from tests.unit.auditing.acts import act, append, of_every_kind
from tests.unit.auditing.ocsf_1_3 import faults

AT = 1_790_000_000_000
OF_OTHERS = ("ocsf-json-schema==1.2.0", "jsonschema==4.26.0")
CHECK = """
import json, sys
sys.path.insert(0, sys.argv[1])
import jsonschema, ocsf_json_schema
schema = ocsf_json_schema.get_ocsf_schema("1.3.0")
names = {one["uid"]: name for name, one in schema["classes"].items() if "uid" in one}
made = ocsf_json_schema.OcsfJsonSchemaEmbedded(schema)
for line in sys.stdin:
    event = json.loads(line)
    checks = jsonschema.Draft202012Validator(made.get_class_schema(names[event["class_uid"]]))
    print(json.dumps([one.message for one in checks.iter_errors(event)]))
"""


async def events(form: str = "ocsf") -> list[Mapping[str, Any]]:
    """An event for every kind of act, and for acts that tell more, or less, than others."""
    log = MemoryLog()
    more = {"address": "10.0.0.1", "token_id": "t", "trace_id": "a" * 32, "operation_hash": "h"}
    await append(
        log,
        *of_every_kind(at=AT),
        act("refusal", code="X", times=3, at=AT, until=AT + 5),
        act("login_failed", outcome="refused", code="X", times=3, at=AT, until=AT + 5),
        act(at=AT, operation_kind="mutation", reason="r", ticket="t", details={"a": "b"}, **more),
        act(at=AT, uses=(), subjects=(), operation_name="", roles=()),
    )
    return [FORMATS[form](one) async for one in acts_after(log, {})]


async def test_every_act_is_a_whole_event_as_the_schema_says() -> None:
    found = await events()
    assert [faults(dict(one)) for one in found] == [[]] * len(found)


@pytest.mark.parametrize(
    "change",
    [
        {"time": AT // 1_000},
        {"type_uid": 600_301},
        {"category_uid": 3},
        {"class_uid": 6005},
        {"activity_id": 5},
        {"severity_id": 7},
        {"database": {"name": "x"}},
        {"api": {}},
        {"actor": {}},
        {"metadata": {"version": "1.3.0", "product": {"vendor_name": "x"}}},
        {"resources": [{"type": "field"}]},
    ],
)
async def test_what_the_schema_has_not_is_told(change: dict[str, Any]) -> None:
    (one,) = [one for one in await events() if one["unmapped"]["kind"] == "digest"]
    assert faults(dict(one)) == []
    assert faults({**one, **change})


async def test_failed_log_ins_are_authentication() -> None:
    entries = [one for one in await events() if one["unmapped"]["kind"] == "login_failed"]
    assert {(one["class_uid"], one["activity_id"], one["category_uid"]) for one in entries} == {
        (3002, 1, 3)
    }
    assert all(one["user"]["name"] and one["service"]["name"] == "c360" for one in entries)


@pytest.mark.slow
def test_the_published_schema_says_the_same(tmp_path: Path) -> None:
    """Fetched by name, pinned; skipped where it cannot be had."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tmp_path)]
    if subprocess.run([*pip, *OF_OTHERS], capture_output=True, check=False).returncode:
        pytest.skip("the published schema cannot be had")
    result = asyncio.run(events())
    broken = {**result[0], "database": {"name": "x"}}
    lines = "".join(json.dumps(one) + "\n" for one in [*result, broken])
    command = [sys.executable, "-c", CHECK, str(tmp_path)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    *found, of_broken = map(json.loads, done.stdout.splitlines())
    assert found == [[]] * len(result)
    assert of_broken
