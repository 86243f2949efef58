"""Messages of other tools, imported: counted exactly, gone on with, states kept in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from c360_mapping.row import BrokenRow, Row

from c360_cli.imports import survey
from c360_cli.imports.reading import Reading
from c360_cli.imports.refusals import ImportStopped

if TYPE_CHECKING:
    from conftest import Bench

SINGER = (
    "format: singer\nstream: contacts\nkind: records\nkey: id\nobservedAt: at\n"
    "traits: {city: city}\n"
)
CDC = "format: debezium\nkind: records\nkey: id\nrevision: __revision\ntraits: {city: city}\n"
AT = "2026-01-01T00:00:00Z"


def lines(*messages: object) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in messages)


def record(number: int, stream: str = "contacts", **more: object) -> dict[str, object]:
    return {
        "type": "RECORD",
        "stream": stream,
        "record": {"id": str(number), "at": AT, "city": "Bonn", **more},
    }


def state(value: object) -> dict[str, object]:
    return {"type": "STATE", "value": value}


def test_every_message_is_counted_and_the_last_state_is_kept(bench: Bench) -> None:
    content = lines(
        {"type": "SCHEMA", "stream": "contacts"},
        record(1),
        record(2, stream="deals"),
        record(3, _sdc_deleted_at=AT),
        state({"at": 1}),
        {"type": "RECORD", "stream": "contacts"},
        state({"at": 2}),
    )
    kept = bench.root / "state.json"
    summary = bench.run(bench.write("tap.jsonl", content), SINGER, state=kept)
    done = summary.progress
    assert (done.rows, done.accepted, done.rejected, done.skipped) == (7, 2, 1, 4)
    assert [item.get("deleted") for item in bench.instance.items] == [None, True]
    assert json.loads(kept.read_text()) == {"at": 2}
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_state_waits_for_what_stands_before_it(bench: Bench) -> None:
    content = lines(record(1), state(1), record(2), record(3), state(2), record(4))
    kept = bench.root / "state.json"
    file = bench.write("tap.jsonl", content)
    bench.instance.refuse = lambda item: bench.instance.troubles.extend([(503, {})] * 9) or None
    with pytest.raises(ImportStopped):
        bench.run(file, SINGER, state=kept, batch=2)
    assert json.loads(kept.read_text()) == 1
    bench.instance.refuse, bench.instance.troubles[:] = lambda item: None, []
    summary = bench.run(file, SINGER, state=kept, batch=2)
    assert (summary.resumed, summary.progress.rows, summary.progress.accepted) == (2, 6, 4)
    assert json.loads(kept.read_text()) == 2


def test_states_that_nobody_keeps_do_not_pile_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[Reading] = []

    class Kept(Reading):
        def rows(self) -> Iterator[Row | BrokenRow]:
            readings.append(self)
            return super().rows()

    monkeypatch.setattr(survey, "Reading", Kept)
    content = lines(*(one for number in range(5) for one in (state(number), record(number))))
    bench.run(bench.write("tap.jsonl", content), SINGER)
    assert len(readings) == 2
    assert [one.state_at(1_000) for one in readings] == [None, None]


def change(op: str, row: dict[str, object], lsn: int) -> dict[str, object]:
    before, after = (row, None) if op == "d" else (None, row)
    return {"op": op, "before": before, "after": after, "source": {"lsn": lsn}}


def test_changes_tombstones_and_an_emptied_table(bench: Bench) -> None:
    content = lines(
        change("r", {"id": 1, "city": "Bonn"}, 5),
        change("u", {"id": 1, "city": "__debezium_unavailable_value"}, 6),
        change("d", {"id": 1}, 7),
        None,
        change("t", {}, 8),
    )
    done = bench.run(bench.write("cdc.jsonl", content), CDC).progress
    assert (done.rows, done.accepted, done.rejected, done.skipped) == (5, 2, 2, 1)
    codes = [(one["line"], one["code"], one["path"]) for one in bench.rejected()]
    assert codes == [(2, "CDC_VALUE_UNAVAILABLE", "city"), (5, "CDC_TRUNCATED", "")]
    deleted = {"source": "crm", "key": "1", "revision": 7, "deleted": True}
    assert bench.instance.items[-1] == deleted


def test_a_message_that_was_mended_is_unwrapped_as_before(bench: Bench) -> None:
    wrong = change("u", {"id": 1, "city": "__debezium_unavailable_value"}, 6)
    bench.run(bench.write("cdc.jsonl", lines(wrong)), CDC)
    (rejected,) = bench.rejected()
    rejected["raw"]["after"]["city"] = "Ulm"
    mended = bench.write("mended.jsonl", lines(rejected))
    done = bench.run(mended, CDC, rejects=Path(bench.root / "again.jsonl")).progress
    assert (done.accepted, bench.instance.items[0]["traits"]) == (1, {"city": "Ulm"})
