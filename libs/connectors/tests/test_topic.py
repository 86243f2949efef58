"""What entries of a topic say, and rows that come wrapped, whichever way they come."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import pytest
from c360_connectors.pulling.ports import Outcome, Take
from c360_connectors.pulling.taking import Made, Taking, made_of
from c360_connectors.reading.connector import parse_connector
from c360_connectors.receiving.topic import Topic, said_in
from c360_connectors.refusals import ConnectorInvalid, ConnectorStopped
from c360_mapping.items import Item
from c360_mapping.mapping import Kind
from c360_mapping.row import BrokenRow

EVENT = {"specversion": "1.0", "id": "a1", "source": "/shop", "type": "paid", "subject": "7"}
BINARY = {f"ce_{name}": text.encode() for name, text in EVENT.items()}
JSON, STRUCTURED = b"application/json", b"application/cloudevents+json; charset=utf-8"
TEXT = """\
connector: shop
source: web
topic: {name: shop.customers, brokers: brokers}
mapping: {format: debezium, kind: records, mode: patch, key: id, revision: __revision,
  observedAt: updated, traits: {name: name, city: city}}
"""


def made(text: str, *rows: object) -> Made:
    (mapping,) = parse_connector(text, "shop").mappings
    return made_of(mapping, "web", rows)


def change(op: str, lsn: int, **more: object) -> dict[str, Any]:
    return {"op": op, "source": {"lsn": lsn, "ts_ms": 1_767_225_600_000}, "before": None, **more}


@pytest.mark.parametrize(
    ("value", "headers", "said"),
    [
        (b'{"id": 7}', {}, {"id": 7}),
        (b"[1]", {}, [1]),
        (b'{"total": 12.5}', {**BINARY, "content-type": JSON}, {**EVENT, "data": {"total": 12.5}}),
        (b'{"total": 1}', BINARY, {**EVENT, "data": {"total": 1}}),
        (b"", BINARY, EVENT),
        (b"hello", {**BINARY, "Content-Type": b"text/plain"}, {**EVENT, "data": "hello"}),
        (
            b"\xff",
            {**BINARY, "content-type": b"image/png"},
            {**EVENT, "data_base64": base64.b64encode(b"\xff").decode()},
        ),
        (b'{"specversion": "1.0"}', {"content-type": STRUCTURED}, {"specversion": "1.0"}),
        (b'{"id": "b"}', {**BINARY, "content-type": STRUCTURED}, {"id": "b"}),
    ],
)
def test_an_entry_says_what_its_value_and_headers_do(
    value: bytes, headers: dict[str, bytes], said: object
) -> None:
    assert said_in(value, headers) == said


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"{", {}),
        (b"\xff", {}),
        (b"", {}),
        (b"{", BINARY),
        (b"\xff", {**BINARY, "content-type": b"text/plain"}),
    ],
)
def test_an_entry_that_cannot_be_read_is_a_row_that_is_refused(
    value: bytes, headers: dict[str, bytes]
) -> None:
    found = said_in(value, headers)
    assert isinstance(found, BrokenRow) and found.refusal.code == "ROW_NOT_JSON"
    (letter,) = made(TEXT, found).aside
    assert letter.code == "ROW_NOT_JSON" and letter.raw == value.decode(errors="replace")


def test_changes_become_records_deletions_go_and_tombstones_are_passed_over() -> None:
    ada = {"id": 7, "name": "Ada", "city": "Bonn", "updated": "2026-01-01T00:00:00Z"}
    found = made(
        TEXT,
        change("r", 1, after=ada),
        {
            "schema": {},
            "payload": change("u", 2, after={**ada, "city": "__debezium_unavailable_value"}),
        },
        change("d", 3, before={"id": 7}, after=None),
        None,
        change("t", 4),
        change("m", 5),
    )
    assert [(one["key"], one["revision"], one.get("traits")) for one in found.items] == [
        ("7", 1, {"name": "Ada", "city": "Bonn"}), ("7", 2, {"name": "Ada"}), ("7", 3, None)
    ]  # fmt: skip
    assert found.items[2]["deleted"] is True
    assert [one.code for one in found.aside] == ["CDC_TRUNCATED"]


def test_a_deletion_that_knows_the_key_alone_says_when_by_its_message() -> None:
    text = TEXT.replace("revision: __revision,\n", "\n")
    found = made(text, change("d", 3, before={"id": 7}, after=None))
    assert found.aside == []
    assert [(one["deleted"], one["observedAt"]) for one in found.items] == [
        (True, "2026-01-01T00:00:00.000Z")
    ]
    # A row that is there, and does not say when, is another each time that it comes.
    refused = made(text, change("u", 3, after={"id": 7}))
    assert [one.code for one in refused.aside] == ["FIELD_MISSING"]


def test_events_in_a_batch_are_rows_each() -> None:
    text = TEXT.replace(
        "format: debezium, kind: records, mode: patch, key: id, revision: __revision,\n"
        "  observedAt: updated, traits: {name: name, city: city}",
        "format: cloudevents, kind: events, key: subject, messageId: id, event: type,\n"
        "  occurredAt: time",
    )
    at = {**EVENT, "time": "2026-01-01T00:00:00Z"}
    found = made(text, [at, {**at, "id": "a2"}], {**at, "specversion": "0.3"})
    assert [one["messageId"] for one in found.items] == ["a1", "a2"]
    assert [one.path for one in found.aside] == ["specversion"]


async def test_how_many_are_refused_is_told_of_events_and_not_of_batches() -> None:
    text = TEXT.replace(
        "format: debezium, kind: records, mode: patch, key: id, revision: __revision,\n"
        "  observedAt: updated, traits: {name: name, city: city}",
        "format: cloudevents, kind: events, key: subject, messageId: id, event: type,\n"
        "  occurredAt: time",
    )
    at = {**EVENT, "time": "2026-01-01T00:00:00Z"}
    batch = [{**at, "id": f"a{n}", "specversion": "0.3" if n < 5 else "1.0"} for n in range(100)]
    taking = Taking("web", parse_connector(text, "shop").mappings, All())
    taken = await taking.rows([batch])
    assert (taken.counts, len(taken.aside)) == ({"accepted": 95}, 5)
    with pytest.raises(ConnectorStopped):
        await taking.rows([batch[:10]])


async def test_what_cannot_be_asked_for_again_is_put_aside_by_every_mapping() -> None:
    one = TEXT.partition("mapping: ")[2]
    both = TEXT.replace(one, f"[{one.strip()}, {one.strip()}]")
    taking = Taking("web", parse_connector(both, "shop").mappings, All(), share=1.0)
    taken = await taking.rows([{"op": "no"}] * 6)
    assert (taken.counts, len(taken.aside)) == ({}, 12)


class All(Take):
    """Takes what it is given."""

    async def take(self, kind: Kind, items: Sequence[Item]) -> Sequence[Outcome]:
        return [Outcome("ACCEPTED") for _ in items]


def test_a_source_that_is_asked_may_wrap_its_rows_too() -> None:
    text = TEXT.replace(
        "topic: {name: shop.customers, brokers: brokers}",
        'pull: {request: {url: https://x.example/}, rows: {path: ""}}',
    )
    assert len(made(text, change("c", 1, after={"id": 1, "name": "A"})).items) == 1


@pytest.mark.parametrize("form", ["csv", "parquet", "singer", "airbyte"])
def test_a_format_that_no_connector_reads_is_refused(form: str) -> None:
    with pytest.raises(ConnectorInvalid, match="is jsonl, debezium or cloudevents"):
        parse_connector(TEXT.replace("debezium", form), "shop")


@pytest.mark.parametrize(
    ("was", "put", "why"),
    [
        ("shop.customers", "shop customers", "name is made of"),
        ("brokers: brokers", "brokers: kafka://h:1", "names the secret"),
        (", brokers: brokers", "", "needs 'brokers'"),
        ("topic: {", "topic: {group: c360, ", "unknown key 'group'"),
    ],
)
def test_a_topic_that_is_none_is_refused(was: str, put: str, why: str) -> None:
    assert parse_connector(TEXT, "shop").topic == Topic("shop.customers", "brokers")
    with pytest.raises(ConnectorInvalid, match=why):
        parse_connector(TEXT.replace(was, put), "shop")
