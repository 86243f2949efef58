"""What is written by a mapping is read by it as what it was."""

from __future__ import annotations

from typing import Any

import pytest
from c360_mapping.delimited import DelimitedRows
from c360_mapping.formats import Csv
from c360_mapping.items import Item, ItemMaker
from c360_mapping.jsonlines import json_rows
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import MappingInvalid, RowRefused
from c360_mapping.row import Row
from c360_mapping.writing import RowWriter
from hypothesis import given
from hypothesis import strategies as st

RECORDS = """kind: records
key: id
observedAt: {column: seen, type: datetime}
identifiers: {phone: phone, email: mail}
traits: {name: name, points: {column: points, type: int}, vip: {column: vip, type: boolean},
         spend: {column: spend, type: float}, source: {constant: here}}
"""
EVENTS = """format: jsonl
kind: events
key: buyer.id
messageId: order.no
event: order.state
occurredAt: order.at
properties: {amount: {column: order.sum, type: float}, currency: order.currency}
"""
FORMATS = ["format: csv\n", 'format: csv\ndelimiter: ;\nquote: "\'"\n', "format: jsonl\n"]
TEXTS = st.text(st.sampled_from("ab 张;,\"'\n.=1"), min_size=1, max_size=9).map(
    lambda text: f"x{text}y"
)
INSTANT = "2026-01-02T03:04:05.678Z"


def read(mapping: str, lines: list[str]) -> list[Item | None]:
    parsed = parse_mapping(mapping)
    maker = ItemMaker(parsed, "crm", 0)
    form = parsed.format
    text = "".join(lines).splitlines(keepends=True) if isinstance(form, Csv) else lines
    rows = DelimitedRows(iter(text), form).rows() if isinstance(form, Csv) else json_rows(text)
    return [maker.make(row, maker.identify(row)) for row in rows if isinstance(row, Row)]


def optional(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(st.just({}), values.map(lambda value: {name: value}))


TRAITS = st.builds(
    lambda *parts: {"source": "here"} | {k: v for part in parts for k, v in part.items()},
    optional("name", TEXTS), optional("points", st.integers(-(2**60), 2**60)),
    optional("vip", st.booleans()), optional("spend", st.floats(allow_nan=False, width=32)),
)  # fmt: skip
IDENTIFIERS = st.lists(
    st.tuples(st.sampled_from(["phone", "email"]), TEXTS), unique_by=lambda one: one[0]
)


@given(st.sampled_from(FORMATS), TEXTS, TRAITS, IDENTIFIERS)
def test_records_come_back_as_they_were(
    form: str, key: str, traits: dict[str, Any], identifiers: list[tuple[str, str]]
) -> None:
    if traits.get("spend") in (float("inf"), float("-inf")):
        traits.pop("spend")
    item = {
        "source": "crm", "key": key, "observedAt": INSTANT, "traits": traits,
        "identifiers": [
            {"type": type_, "value": value} for type_, value in sorted(identifiers, reverse=True)
        ],
    }  # fmt: skip
    mapping = form + RECORDS
    assert read(mapping, list(RowWriter(parse_mapping(mapping)).lines([item, item]))) == [item] * 2


def test_nested_events_come_back_as_they_were() -> None:
    item = {
        "source": "crm", "key": "9", "messageId": "o1", "name": "order_completed",
        "occurredAt": INSTANT, "properties": {"amount": 9.5, "currency": "EUR"},
    }  # fmt: skip
    lines = list(RowWriter(parse_mapping(EVENTS)).lines([item]))
    assert lines[0].startswith('{"buyer":{"id":"9"},"order":{')
    assert read(EVENTS, lines) == [item]


@pytest.mark.parametrize(
    "trait",
    ["{join: [a, b]}", "{column: a, map: {x: y}}", "{column: a, prefix: p}",
     "{column: a, when: {b: [x]}}", "{template: '{a}'}"],
)  # fmt: skip
def test_a_mapping_that_says_less_than_it_reads_is_refused(trait: str) -> None:
    mapping = parse_mapping(f"format: csv\nkind: records\nkey: id\ntraits:\n  name: {trait}\n")
    with pytest.raises(MappingInvalid, match="line 5: name cannot be written back"):
        RowWriter(mapping)


def test_an_item_that_no_row_says_is_refused() -> None:
    writer = RowWriter(parse_mapping(FORMATS[0] + RECORDS))
    two = [{"type": "phone", "value": value} for value in ("1", "2")]
    with pytest.raises(RowRefused, match="phone has several values"):
        writer.cells({"key": "1", "identifiers": two})
