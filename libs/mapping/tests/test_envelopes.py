"""Messages of Debezium, CloudEvents, Singer and Airbyte: which rows they hold, and which none."""

from __future__ import annotations

import json

import pytest
from c360_mapping.envelopes import Envelopes
from c360_mapping.items import ItemMaker
from c360_mapping.jsonlines import json_rows
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import InputRefused, MappingInvalid
from c360_mapping.row import BrokenRow, Row
from hypothesis import given
from hypothesis import strategies as st

CDC = "format: debezium\nkind: records\nkey: id\nrevision: __revision\ntraits: {note: note}\n"
UNKNOWN = "__debezium_unavailable_value"
POSTGRES = {"lsn": 7, "ts_ms": 5}


def read(form, *messages, **parts):
    """Rows of messages, one a line."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in messages]
    return list(Envelopes(form, **parts).rows(json_rows(lines)))


def change(op="u", before=None, after=None, **source):
    return {"op": op, "before": before, "after": after, "source": {**POSTGRES, **source}}


def made(mapping, *messages):
    parsed = parse_mapping(mapping)
    maker = ItemMaker(parsed, "crm", 0)
    columns = [one.name for one in parsed.named()]
    found = read(
        parsed.format.envelope,
        *messages,
        stream=parsed.format.stream,
        patches=parsed.patches,
        columns=columns,
    )
    return [
        one.refusal.code if isinstance(one, BrokenRow) else maker.make(one, maker.identify(one))
        for one in found
    ]


@pytest.mark.parametrize("op", ["c", "u", "r"])
@pytest.mark.parametrize("wrap", [
    lambda one: one,
    lambda one: {"schema": {"type": "struct"}, "payload": one},
    lambda one: {"specversion": "1.0", "id": "1", "source": "/x", "type": "t", "data": one},
])  # fmt: skip
def test_a_change_is_the_row_after_it_however_it_is_wrapped(op, wrap):
    (row,) = read("debezium", wrap(change(op, after={"id": 1, "note": "a"})))
    assert row.cells == {
        "id": 1,
        "note": "a",
        "__op": op,
        "__deleted": False,
        "__source": POSTGRES,
        "__ts_ms": 5,
        "__revision": 7,
    }


def test_a_change_of_mongodb_holds_the_text_of_a_document():
    document = '{"_id": {"$oid": "6596"}, "note": "a", "size": 12345678901234567890123}'
    (row,) = read("debezium", change("c", after=document))
    assert (row.cells["_id"], row.cells["note"]) == ({"$oid": "6596"}, "a")
    mapping = CDC.replace("key: id", "key: _id.$oid").replace(
        "note: note", "note: {column: size, type: string}"
    )
    (item,) = made(mapping, change("u", after=document))
    assert (item["key"], item["traits"]["note"]) == ("6596", "12345678901234567890123")
    for broken in ("", "[1]", "{", "7"):
        assert made(CDC, change("u", after=broken)) == ["ENVELOPE_INVALID"]


@pytest.mark.parametrize("tombstone", ["null", {"schema": None, "payload": None}])
def test_a_tombstone_is_no_row_and_is_counted(tombstone):
    (row,) = read("debezium", tombstone)
    assert row == Row(1, {}, is_passed=True)


def test_a_deletion_says_so_and_no_more():
    deletion = change("d", before={"id": 1, "note": None}, lsn=9)
    assert made(CDC + "skip_if_empty: note\n", deletion, "null") == [
        {"source": "crm", "key": "1", "revision": 9, "deleted": True},
        None,
    ]


def test_what_happened_stays_though_its_row_is_gone():
    events = (
        "format: debezium\nkind: events\nkey: id\nevent: {constant: order_completed}\n"
        "occurredAt: {column: __ts_ms, formats: epoch_milliseconds}\n"
    )
    kept, gone = made(events, change("c", after={"id": 1}), change("d", before={"id": 1}))
    assert (kept["name"], gone) == ("order_completed", None)


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="])
def test_a_value_that_is_not_sent_is_left_as_it_is_or_refuses_the_row(value):
    late = change(after={"id": 1, "note": value})
    assert made(CDC, late) == ["CDC_VALUE_UNAVAILABLE"]
    (patch,) = made(CDC + "mode: patch\n", late)
    assert patch["traits"] == {}
    (other,) = made(CDC.replace("note: note", "city: city"), change(after={"id": 1, "note": value}))
    assert other["traits"] == {}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (change("t"), "CDC_TRUNCATED"),
        (change("d"), "ENVELOPE_INVALID"),
        (change("u", before={"id": 1}), "ENVELOPE_INVALID"),
        (change("x", after={"id": 1}), "ENVELOPE_INVALID"),
        ({"id": 1}, "ENVELOPE_INVALID"),
        (5, "ENVELOPE_INVALID"),
        ([], "ENVELOPE_INVALID"),
        ("{", "ROW_NOT_JSON"),
    ],
)
def test_a_message_that_says_no_row_is_refused_whole(message, code):
    (row,) = read("debezium", message)
    assert row.refusal.code == code


@pytest.mark.parametrize(
    ("source", "revision"),
    [
        ({"lsn": 24023128}, 24023128),
        ({"lsn": None, "file": "mysql-bin.000003", "pos": 154}, (3 << 32) + 154),
        ({"lsn": None, "commit_lsn": "00000027:00000758:0005"}, None),
    ],
)
def test_the_place_in_the_log_of_a_database_is_a_revision(source, revision):
    (row,) = read("debezium", change(after={"id": 1}, **source))
    assert row.cells.get("__revision") == revision


EVENT = {"specversion": "1.0", "id": "a", "source": "/s", "type": "t", "data": {"n": 1}}


def test_a_batch_is_as_many_rows():
    first, second = read("cloudevents", [EVENT, {**EVENT, "id": "b"}])
    assert (first.cells["id"], second.cells["id"], first.line, second.line) == ("a", "b", 1, 1)
    assert read("cloudevents", []) == [Row(1, {}, is_passed=True)]


def test_packed_data_is_unpacked():
    packed = {name: value for name, value in EVENT.items() if name != "data"}
    (row,) = read("cloudevents", {**packed, "data_base64": "eyJuIjogMX0="})
    assert row.cells == EVENT
    (plain,) = read("cloudevents", {**EVENT, "data_base64": None})
    assert plain.cells["data"] == EVENT["data"]


@pytest.mark.parametrize("wrong", [
    {**EVENT, "specversion": "0.3"}, {**EVENT, "id": ""}, {**EVENT, "type": 5},
    {**EVENT, "data_base64": "#"}, {**EVENT, "data_base64": "/w=="}, 5,
])  # fmt: skip
def test_what_is_no_event_is_refused_alone(wrong):
    first, bad, last = read("cloudevents", [EVENT, wrong, EVENT])
    assert isinstance(first, Row) and isinstance(last, Row)
    assert bad.refusal.code == "ENVELOPE_INVALID"


def singer(kind, **parts):
    return {"type": kind, **parts}


def airbyte(stream, data):
    return {"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": 3}}


def test_records_of_one_stream_are_rows_and_all_else_is_counted():
    messages = [
        singer("SCHEMA", stream="a", schema={}),
        singer("RECORD", stream="a", record={"id": 1}, time_extracted="2026-01-01T00:00:00Z"),
        singer("RECORD", stream="b", record={"id": 2}),
        singer("RECORD", stream="a", record={"id": 3, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}),
        singer("STATE", value={"a": 1}),
        singer("ACTIVATE_VERSION", stream="a", version=1),
    ]
    rows = read("singer", *messages, stream="a")
    assert [one.is_passed for one in rows] == [True, False, True, False, True, True]
    assert [one.cells.get("__deleted") for one in rows if not one.is_passed] == [False, True]
    assert rows[1].cells["__extracted_at"] == "2026-01-01T00:00:00Z"


def test_a_state_is_told_once_all_before_it_is_done():
    messages = [singer("RECORD", stream="a", record={"id": n}) for n in range(4)]
    messages[2:2] = [singer("STATE", value=1)]
    messages += [singer("STATE", value=2)]
    reading = Envelopes("singer")
    assert len(list(reading.rows(json_rows(map(json.dumps, messages))))) == 6
    assert [reading.state_at(rows) for rows in (0, 2, 3, 3, 5, 6)] == [None, None, 1, None, None, 2]


def part(stream, at):
    state = {"stream_descriptor": {"name": stream}, "stream_state": {"at": at}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": state}}


def test_states_of_streams_are_kept_beside_each_other():
    whole = {"type": "STATE", "state": {"type": "GLOBAL", "global": {}}}
    messages = [part("a", 1), part("b", 1), part("a", 2), {"type": "STATE"}, whole]
    reading = Envelopes("airbyte", "a")
    assert len(list(reading.rows(json_rows(map(json.dumps, messages))))) == 5
    one, other, later = (one["state"] for one in messages[:3])
    assert [reading.state_at(rows) for rows in range(1, 6)] == [
        [one], [one, other], [later, other], None, [whole["state"]],
    ]  # fmt: skip


def test_a_source_of_airbyte_says_that_it_failed_behind_its_records():
    log = {"type": "LOG", "log": {"level": "INFO", "message": "x"}}
    state = {"type": "STATE", "state": {"type": "STREAM"}}
    assert [one.is_passed for one in read("airbyte", log, airbyte("a", {"id": 1}), state)] == [
        True, False, True,
    ]  # fmt: skip
    failed = {"type": "TRACE", "trace": {"type": "ERROR", "error": {"message": "secret"}}}
    rows = Envelopes("airbyte").rows(
        json_rows([json.dumps(airbyte("a", {"id": 1})), json.dumps(failed)])
    )
    assert next(rows).cells["__emitted_at"] == 3
    with pytest.raises(InputRefused) as refused:
        next(rows)
    assert (refused.value.code, "secret" in refused.value.message) == ("SOURCE_FAILED", False)


def test_a_row_that_was_refused_and_mended_is_read_as_it_is():
    rows = Envelopes("debezium").rows([Row(3, {"id": 1, "__op": "u", "__deleted": True}, "x-1")])
    (row,) = rows
    assert (row.cells["id"], row.row_id) == (1, "x-1")


DATED = "kind: records\nkey: id\nobservedAt: at\n"


def test_a_deletion_without_the_rows_own_time_is_no_later_than_it_was():
    gone = change("d", before={"id": 1, "at": None}, ts_ms=1_767_225_600_123)
    own = change("d", before={"id": 1, "at": "2025-01-01T00:00:00Z"})
    found = made(f"format: debezium\n{DATED}", gone, own)
    assert [one["observedAt"] for one in found] == [
        "2026-01-01T00:00:00.123Z", "2025-01-01T00:00:00.000Z",
    ]  # fmt: skip
    record = {"id": 1, "_sdc_deleted_at": "2026-01-01T01:00:00+01:00"}
    (one,) = made(f"format: singer\n{DATED}", singer("RECORD", stream="a", record=record))
    assert one["observedAt"] == "2026-01-01T00:00:00.000Z"
    wrong = airbyte("a", {"id": 1, "_ab_cdc_deleted_at": "soon"})
    (one,) = made(f"format: airbyte\n{DATED}", wrong)
    assert (one["deleted"], one["observedAt"]) == (True, "1970-01-01T00:00:00.000Z")


def test_where_no_row_has_a_time_a_deletion_has_none_of_its_own():
    rows = [change("c", after={"id": 1}), change("d", before={"id": 1}, ts_ms=5)]
    found = made("format: debezium\nkind: records\nkey: id\n", *rows)
    assert [one["observedAt"][-5:] for one in found] == [".000Z", ".001Z"]


def test_an_event_deletes_nobody_by_an_attribute_of_its_own():
    (bad,) = read("cloudevents", {"subject": "7", "__deleted": True})
    assert bad.refusal.code == "ENVELOPE_INVALID"
    (row,) = read("cloudevents", {**EVENT, "subject": "7", "__deleted": True})
    mapping = parse_mapping("format: cloudevents\nkind: records\nkey: subject\n")
    assert not mapping.says_deleted(row.cells)


@pytest.mark.parametrize("form", ["csv", "jsonl", "debezium", "cloudevents"])
def test_only_taps_have_streams(form):
    with pytest.raises(MappingInvalid):
        parse_mapping(f"format: {form}\nstream: a\nkind: records\nkey: id\n")


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["RECORD", "STATE", "c", "d", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "record", "data", "stream", "op", "after", "before", "payload", "schema",
                 "source", "specversion", "trace", "state", "value", "file", "pos", "lsn"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(["debezium", "cloudevents", "singer", "airbyte"]), st.lists(ANYTHING))
def test_whatever_comes_is_a_row_or_is_refused_alone(form, messages):
    try:
        rows = read(form, *map(json.dumps, messages))
    except InputRefused as refused:
        assert refused.code == "SOURCE_FAILED"
        return
    assert len(rows) >= len(messages)
    assert all(one.line <= len(messages) for one in rows)
