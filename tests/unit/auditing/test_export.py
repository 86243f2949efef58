"""What is on record is handed on in the forms of others, each act once and none left out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT, AUDIT_EVENTS
from c360_kernel.payload import AUDIT_KINDS

from c360_cli.auditing.acts import Act, acts_after
from c360_cli.auditing.exporting import FORMATS, ExportRequest, export
from c360_cli.commands.audit_export import Form
from tests.unit.auditing.acts import act, append, of_every_kind

_ID = Callable[[Mapping[str, Any]], str]
IDS: Mapping[str, _ID] = {
    "ocsf": lambda event: event["metadata"]["uid"],
    "cloudevents": lambda event: event["id"],
}
FORMS = sorted(FORMATS)


@pytest.fixture
async def log() -> MemoryLog:
    made = MemoryLog()
    await append(made, *of_every_kind())
    return made


def request(to: object, data: Path, form: str = "ocsf", **times: int) -> ExportRequest:
    return ExportRequest(form, str(to), data, **times)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def ids_of(log: MemoryLog) -> set[str]:
    ends = await log.ends([AUDIT])
    return {one.id for place in ends for one in await log.read(place, 0, 10_000)}


@pytest.mark.parametrize("form", FORMS)
async def test_every_act_is_in_the_file_once_however_often_it_is_run(
    log: MemoryLog, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "out.jsonl"
    assert await export(request(file, tmp_path, form), log) == len(AUDIT_KINDS)
    assert await export(request(file, tmp_path, form), log) == 0
    await append(log, act(), act(principal="bo"))
    assert await export(request(file, tmp_path, form), log) == 2
    entries = [IDS[form](event) for event in lines(file)]
    assert len(entries) == len(set(entries))
    assert set(entries) == await ids_of(log)


@pytest.mark.parametrize("form", FORMS)
async def test_an_export_that_was_killed_goes_on_from_every_byte(
    log: MemoryLog, tmp_path: Path, form: str
) -> None:
    whole = tmp_path / "whole.jsonl"
    await export(request(whole, tmp_path, form), log)
    content = whole.read_bytes()
    for size in range(0, len(content), 997):
        cut = tmp_path / "cut.jsonl"
        cut.write_bytes(content[:size])
        await export(request(cut, tmp_path, form), log)
        assert cut.read_bytes() == content
    cut.write_bytes(content + b'{"a line that was not ended')
    await export(request(cut, tmp_path, form), log)
    assert cut.read_bytes() == content


async def test_acts_are_in_the_order_of_their_stamps(log: MemoryLog) -> None:
    stamps = [one.entry.stamp async for one in acts_after(log, {})]
    assert stamps == sorted(stamps)


async def test_another_file_is_not_written_over(log: MemoryLog, tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("mine\n")
    with pytest.raises(Invalid, match="something else"):
        await export(request(file, tmp_path), log)
    assert file.read_text() == "mine\n"


async def test_a_time_is_a_part(tmp_path: Path) -> None:
    log = MemoryLog()
    await append(log, *(act(at=at) for at in (10, 20, 30)))
    file = tmp_path / "part.jsonl"
    assert await export(request(file, tmp_path, since=20, until=30), log) == 1
    assert [event["time"] for event in lines(file)] == [20]


async def test_an_operation_tells_what_was_used_and_who_was_touched(log: MemoryLog) -> None:
    (one,) = [one async for one in acts_after(log, {}) if one.operation.kind == "operation"]
    event = FORMATS["ocsf"](one)
    phone, _, customer = event["resources"]
    assert (event["class_uid"], event["activity_id"]) == (6003, 2)
    assert (phone["name"], phone["labels"]) == ("Profile.phone", ["phone", "contact"])
    assert phone["data"] == {
        "use": "select", "decision": "mask:partial", "rules": "r1", "values": 3,
    }  # fmt: skip
    assert customer == {"uid": "5a" * 16, "type": "customer"}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("answered", 1), ("partial", 1), ("done", 1), ("refused", 2), ("failed", 2)],
)
async def test_what_was_refused_has_failed(outcome: str, status: int) -> None:
    log = MemoryLog()
    await append(log, act("refusal", outcome=outcome, code="X", times=3, at=5, until=9))
    (one,) = [one async for one in acts_after(log, {})]
    event = FORMATS["ocsf"](one)
    assert (event["status_id"], event["status_code"], event["count"]) == (status, "X", 3)
    assert (event["start_time"], event["end_time"]) == (5, 9)


async def test_every_kind_is_a_whole_cloud_event(log: MemoryLog) -> None:
    async for one in acts_after(log, {}):
        event = FORMATS["cloudevents"](one)
        assert event["specversion"] == "1.0"
        assert all(event[name] for name in ("id", "source", "type", "subject"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z", event["time"])
        assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event)
        assert event["data"]["kind"] == one.operation.kind


async def test_the_topic_has_each_act_once_in_order(log: MemoryLog, tmp_path: Path) -> None:
    assert await export(request("topic", tmp_path), log) == len(AUDIT_KINDS)
    await append(log, act())
    assert await export(request("topic", tmp_path), log) == 1
    ends = await log.ends([AUDIT_EVENTS])
    entries = [one for place in ends for one in await log.read(place, 0, 10_000)]
    assert {json.loads(one.data)["metadata"]["uid"] for one in entries} == await ids_of(log)
    assert len(entries) == len(AUDIT_KINDS) + 1


@pytest.fixture
async def syslog() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that takes frames, and what it took."""
    taken: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while size := (await reader.readuntil(b" ") if not reader.at_eof() else b""):
            taken.append(await reader.readexactly(int(size)))
        writer.close()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    yield f"syslog://127.0.0.1:{server.sockets[0].getsockname()[1]}", taken
    server.close()


async def test_a_syslog_server_has_each_act_once_in_frames(
    log: MemoryLog, tmp_path: Path, syslog: tuple[str, list[bytes]]
) -> None:
    url, taken = syslog
    assert await export(request(url, tmp_path), log) == len(AUDIT_KINDS)
    assert await export(request(url, tmp_path), log) == 0
    await asyncio.sleep(0.05)
    assert len(taken) == len(AUDIT_KINDS)
    for frame in taken:
        head, _, text = frame.partition(b" - {")
        assert re.fullmatch(rb"<1(08|10)>1 \S+ \S+ c360 - \w+", head)
        assert json.loads(b"{" + text)["class_uid"]


async def test_a_server_that_is_away_is_told_and_named_wrongly_too(
    log: MemoryLog, tmp_path: Path
) -> None:
    with pytest.raises(Transient):
        await export(request("syslog://127.0.0.1:1", tmp_path), log)
    with pytest.raises(Invalid):
        await export(request("syslog://nowhere", tmp_path), log)


def test_the_forms_are_those_of_the_command() -> None:
    assert {one.value for one in Form} == FORMATS.keys()
    assert Act._fields == ("entry", "operation")
