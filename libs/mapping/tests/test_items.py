"""Items are the same whenever the same file is read."""

from __future__ import annotations

import pytest
from c360_mapping.items import Item, ItemMaker
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import MappingInvalid, RowRefused
from c360_mapping.row import BrokenRow, Row

EVENTS = (
    "format: csv\nkind: events\nkey: id\nevent: {constant: order_completed}\noccurredAt: at\n"
    "properties: {amount: {column: amount, type: float}}\n"
)
RECORDS = "format: csv\nkind: records\nkey: id\ntraits: {city: city}\n"
BUY = {"id": "1", "at": "1997-01-12", "amount": "12.00"}


def maker(mapping: str, written_ms: int = 0) -> ItemMaker:
    return ItemMaker(parse_mapping(mapping), "cdnow", written_ms)


def items(mapping: str, *rows: dict[str, object], written_ms: int = 0) -> list[Item | None]:
    making = maker(mapping, written_ms)
    numbered = [Row(line, cells) for line, cells in enumerate(rows, start=1)]
    return [making.make(row, making.identify(row)) for row in numbered]


def test_an_event_is_made_whole() -> None:
    (item,) = items(EVENTS + "identifiers: {phone: {all: [id, amount]}}", BUY)
    assert item is not None
    assert len(str(item.pop("messageId"))) == 34
    assert item == {
        "source": "cdnow",
        "key": "1",
        "name": "order_completed",
        "occurredAt": "1997-01-12T00:00:00.000Z",
        "identifiers": [{"type": "phone", "value": "1"}, {"type": "phone", "value": "12.00"}],
        "properties": {"amount": 12.0},
    }


def test_twins_are_two_and_a_second_import_is_none() -> None:
    other = {**BUY, "amount": "77.00"}
    once = [item["messageId"] for item in items(EVENTS, BUY, other, BUY, BUY) if item]
    assert len(set(once)) == 4
    again = [item["messageId"] for item in items(EVENTS, BUY, other, BUY, BUY) if item]
    assert again == once


def test_an_id_does_not_depend_on_the_order_of_columns_but_on_the_source() -> None:
    turned = dict(reversed(BUY.items()))
    assert items(EVENTS, BUY) == items(EVENTS, turned)
    elsewhere = ItemMaker(parse_mapping(EVENTS), "web", 0)
    assert elsewhere.identify(Row(1, BUY)) != maker(EVENTS).identify(Row(1, BUY))


def test_what_has_names_of_its_own_needs_no_memory_of_other_rows() -> None:
    making = maker(EVENTS + "messageId: order")
    for number in range(3):
        row = Row(number, {**BUY, "order": f"o-{number}"})
        assert making.make(row, making.identify(row)) is not None
    assert not making._seen


def test_an_id_of_the_sources_own_is_kept() -> None:
    (first, second) = items(EVENTS + "messageId: order", {**BUY, "order": "o-1"}, BUY)
    assert first is not None
    assert first["messageId"] == "o-1"
    assert second is not None
    assert len(str(second["messageId"])) == 34


def test_a_row_that_came_back_keeps_its_id() -> None:
    making = maker(EVENTS)
    assert making.identify(Row(1, BUY, row_id="before-1")) == "before-1"
    assert making.identify(BrokenRow(1, {"id": None}, RowRefused("C", "", ""), "b-2")) == "b-2"
    assert making.identify(BrokenRow(1, {"id": None}, RowRefused("C", "", ""))).endswith("-1")


def test_records_without_a_time_were_observed_when_the_file_was_written() -> None:
    found = items(RECORDS, {"id": "1"}, {"id": "2"}, {"id": "1", "city": "Rome"}, written_ms=1_000)
    assert [item["observedAt"] for item in found if item] == [
        "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.001Z",
    ]  # fmt: skip


@pytest.mark.parametrize("own", ["revision: r", "observedAt: r"])
def test_records_with_a_revision_or_time_of_their_own_keep_it(own: str) -> None:
    (item,) = items(RECORDS + own, {"id": "1", "r": "2024" if "rev" in own else "2024-01-01"})
    assert item is not None
    assert ("revision" in item) != ("observedAt" in item)


def test_a_deleted_record_says_nothing_more() -> None:
    (gone,) = items(
        RECORDS + "deleted: gone\nidentifiers: {crm_id: id}",
        {"id": "1", "city": "Rome", "gone": "yes"},
    )
    assert gone is not None
    assert gone["deleted"] is True
    assert "traits" not in gone
    assert "identifiers" not in gone


PATCHES = """
format: jsonl
kind: records
mode: patch
null_values: ["-", ""]
empty_values: [NULL]
key: id
identifiers: {phone: {all: [phone, "more[]"]}, email: mail}
traits:
  city: {column: city, map: {none: ~}}
  name: {template: "{first} {last}"}
  points: {column: points, type: int, on_error: drop}
  gender: {column: gender, when: {sure: ["yes"]}}
"""


def patched(**cells: object) -> Item:
    (item,) = items(PATCHES, {"id": "1", **cells})
    assert item is not None
    return {name: item[name] for name in ("mode", "identifiers", "traits")}


def test_a_patch_names_what_its_row_says_and_removes_what_is_null() -> None:
    nothing = {"mode": "PATCH", "identifiers": [], "traits": {}}
    assert patched() == patched(city="NULL", points="many", gender=None, sure="no") == nothing
    assert patched(city="Rome", phone="1", first="Ann", points=3, last=None) == {
        "mode": "PATCH",
        "identifiers": [{"type": "phone", "value": "1"}],
        "traits": {"city": "Rome", "name": "Ann", "points": 3},
    }
    removed = {"city": None, "name": None, "points": None, "gender": None}
    for city in (None, "-", "", " - ", "none"):
        cells = {"first": None, "last": "", "points": None, "gender": None, "sure": "yes"}
        assert patched(city=city, phone=None, more=["-"], mail="-", **cells) == {
            "mode": "PATCH",
            "identifiers": [{"type": "phone", "value": None}, {"type": "email", "value": None}],
            "traits": removed,
        }


def test_null_is_nothing_in_a_whole_state() -> None:
    mapping = PATCHES.replace('mode: patch\nnull_values: ["-", ""]\n', "mode: upsert\n")
    (item,) = items(mapping, {"id": "1", "city": None, "mail": "-", "first": None})
    assert item is not None
    assert "mode" not in item
    assert (item["identifiers"], item["traits"]) == ([{"type": "email", "value": "-"}], {})


def test_fields_of_a_patch_that_are_null_are_left_out() -> None:
    (item,) = items(PATCHES + "revision: r\nobservedAt: at", {"id": "1", "r": None, "at": None})
    assert item is not None
    assert "revision" not in item
    with pytest.raises(RowRefused):
        items(PATCHES, {"id": None})


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        (EVENTS + "mode: patch", "mode belongs to kind: records"),
        (RECORDS + "mode: merge", "mode must be one of"),
        (RECORDS + 'null_values: ["-"]', "null_values needs mode: patch"),
    ],
)
def test_a_mode_that_cannot_be_is_refused(mapping: str, expected: str) -> None:
    with pytest.raises(MappingInvalid, match=expected):
        parse_mapping(mapping)


def test_a_consent_is_made_whole() -> None:
    mapping = (
        "format: csv\nkind: consents\nkey: id\npurpose: p\nstatus: s\nat: t\n"
        "channel: {constant: form}\n"
    )
    row = {"id": "1", "p": "marketing", "s": "granted", "t": "2024-01-01T00:00:00Z"}
    assert items(mapping, row) == [
        {
            "source": "cdnow",
            "key": "1",
            "purpose": "marketing",
            "status": "granted",
            "at": "2024-01-01T00:00:00.000Z",
            "channel": "form",
        }
    ]


def test_a_row_without_a_required_field_is_refused() -> None:
    with pytest.raises(RowRefused) as caught:
        items(EVENTS, {**BUY, "at": ""})
    assert (caught.value.code, caught.value.path) == ("FIELD_MISSING", "occurredAt")


def test_a_row_is_skipped_when_a_named_column_is_empty() -> None:
    assert items(EVENTS + "skip_if_empty: amount", {**BUY, "amount": " "}) == [None]


OBJECTS = (
    "format: debezium\nkind: objects\ntype: {constant: product}\nkey: sku\n"
    "properties: {category: group}\n"
)


def test_the_deletion_of_an_object_says_its_name_and_when_alone() -> None:
    row: dict[str, object] = {"sku": "p1", "group": "tea", "__deleted": True, "__ts_ms": 1_000}
    dated = OBJECTS + "observedAt: changed\noptional_columns: [changed]\n"
    said = {"source": "cdnow", "type": "product", "key": "p1", "deleted": True}
    assert items(dated, row) == [{**said, "observedAt": "1970-01-01T00:00:01.000Z"}]
    assert items(OBJECTS, row, written_ms=5) == [{**said, "observedAt": "1970-01-01T00:00:00.005Z"}]


def test_a_mapping_of_objects_carries_no_identifiers() -> None:
    with pytest.raises(MappingInvalid, match="identifiers"):
        parse_mapping(OBJECTS + "identifiers: {phone: group}\n")
    with pytest.raises(MappingInvalid, match="needs 'type'"):
        parse_mapping(OBJECTS.replace("type: {constant: product}\n", ""))
