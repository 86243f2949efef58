"""An event without an id is named by what it says; old data directories go on as they did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from c360_mapping.items import ItemMaker, row_digest
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import MappingInvalid
from c360_mapping.row import Row
from hypothesis import given, settings
from hypothesis import strategies as st

from c360_cli.imports.event_ids import ROW, event_ids_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

MAPPING = (
    "format: csv\nkind: events\nkey: id\nevent: {constant: order_completed}\n"
    "occurredAt: {column: day, formats: '%Y-%m-%d'}\nidentifiers: {email: mail, phone: tel}\n"
    "properties: {amount: {column: amount, type: float}, shop: shop}\n"
)
BUY = {
    "id": "EV-1", "day": "2026-01-03", "amount": "10.00", "mail": "a@b.cn", "tel": "1", "shop": "S"
}  # fmt: skip


def ids(mapping: str, *rows: dict[str, str], event_ids: str = "values") -> list[object]:
    maker = ItemMaker(parse_mapping(mapping), "web", 0, event_ids)
    numbered = [Row(line, cells) for line, cells in enumerate(rows, start=1)]
    items = [maker.make(row, maker.identify(row)) for row in numbered]
    return [item["messageId"] for item in items if item]


@settings(max_examples=50)
@given(st.data())
def test_what_is_not_sent_and_how_it_is_written_changes_nothing(data: st.DataObject) -> None:
    more = data.draw(st.dictionaries(st.sampled_from(["clerk", "till"]), st.text()))
    amount = data.draw(st.sampled_from(["10", "10.0", "1e1"]))
    again = {
        name: data.draw(st.sampled_from(["", " "])) + cell + data.draw(st.sampled_from(["", "\t"]))
        for name, cell in {**BUY, "amount": amount}.items()
    }
    assert ids(MAPPING, {**again, **more}) == ids(MAPPING, BUY)
    turned = MAPPING.replace("{email: mail, phone: tel}", "{phone: tel, email: mail}")
    assert ids(turned, BUY) == ids(MAPPING, BUY)


@pytest.mark.parametrize("name", sorted(BUY))
def test_every_value_that_is_sent_tells_events_apart(name: str) -> None:
    other = {**BUY, name: {"day": "2026-01-04", "amount": "11"}.get(name, "other")}
    assert len(set(ids(MAPPING, BUY, other, BUY))) == 3


def test_a_row_names_its_event_where_that_is_the_way() -> None:
    more = {**BUY, "clerk": "K7"}
    assert ids(MAPPING, BUY, event_ids=ROW) != ids(MAPPING, more, event_ids=ROW)
    assert ids(MAPPING, BUY, event_ids=ROW) == [f"{row_digest('web', BUY).hex()}-1"]


def test_a_directory_that_imported_before_keeps_its_way(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "imports").mkdir(parents=True)
    assert [event_ids_of(old), event_ids_of(old)] == ["row", "row"]
    assert [event_ids_of(new), event_ids_of(new)] == ["values", "values"]


def csv_of(*rows: dict[str, str]) -> str:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"


def test_a_file_with_one_more_column_brings_no_new_events(bench: Bench) -> None:
    bench.run(bench.write("a.csv", csv_of(BUY, BUY)), MAPPING)
    more = {**BUY, "amount": "10.0", "clerk": "K7"}
    again = bench.run(bench.write("b.csv", csv_of(more, more)), MAPPING)
    assert (again.progress.accepted, again.progress.duplicates) == (0, 2)
    assert "named by their whole rows" not in (bench.root / "console").read_text()


def test_an_old_directory_says_first_that_its_events_hang_on_their_rows(bench: Bench) -> None:
    (bench.data / "imports").mkdir(parents=True)
    bench.run(bench.write("a.csv", csv_of(BUY)), MAPPING)
    output = " ".join((bench.root / "console").read_text().split())
    assert "named by their whole rows" in output
    found = bench.run(bench.write("a.csv", csv_of(BUY)), MAPPING + "event_ids: values\n")
    assert found.progress.accepted == 1


def test_what_the_instance_refused_comes_back_under_its_own_name(bench: Bench) -> None:
    sent: list[str] = []

    def refuse(item: dict) -> dict:
        sent.append(item["messageId"])
        return {"code": "X", "path": "", "message": ""}

    bench.instance.refuse = refuse
    bench.run(bench.write("a.csv", csv_of(BUY)), MAPPING)
    (entry,) = bench.rejected()
    bench.instance.refuse = lambda item: None
    entry["raw"]["amount"] = "11"
    mended = bench.write("m.jsonl", json.dumps(entry))
    assert bench.run(mended, MAPPING).progress.accepted == 1
    assert [bench.instance.items[0]["messageId"]] == sent


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("format: csv\nkind: records\nkey: id\nevent_ids: row\n", "belongs to kind: events"),
        (MAPPING + "event_ids: rows\n", "must be one of row, values"),
    ],
)
def test_a_way_that_cannot_be_is_refused(mapping: str, expected: str) -> None:
    with pytest.raises(MappingInvalid, match=expected):
        parse_mapping(mapping)
