"""What expressions make of a row."""

from __future__ import annotations

from collections import Counter

import pytest
from c360_mapping.mapping import parse_mapping
from c360_mapping.refusals import RowRefused

FEATURES = {
    "id": "7",
    "FEATURES": [
        {"NAME": "Ann", "PHONE": "1"},
        {"PHONE": " 2 "},
        {"PHONE": None},
        {"PHONE": ""},
        {"TAGS": ["x", "y"]},
    ],
    "deep": {"er": {"value": 5}},
}


def value(
    expression: str, cells: dict[str, object], *, form: str = "csv", extra: str = ""
) -> object:
    mapping = parse_mapping(
        f"format: {form}\nkind: records\nkey: id\n{extra}\ntraits:\n  t: {expression}"
    )
    return mapping.contents["t"].value(cells, Counter())


@pytest.mark.parametrize(
    ("expression", "cells", "expected"),
    [
        ("a", {"a": " x "}, "x"),
        ("a", {"a": "  "}, None),
        ("a", {}, None),
        ("odd.name[]", {"odd.name[]": "x"}, "x"),
        ("{constant: 3}", {}, 3),
        ("{constant: yes it is}", {}, "yes it is"),
        ("{first: [a, b]}", {"a": "", "b": "y"}, "y"),
        ("{join: [a, b, c], separator: '-'}", {"a": "1", "b": "", "c": "3"}, "1-3"),
        ("{join: [a, b], require_all: true}", {"a": "1", "b": ""}, None),
        ("{join: [a, b]}", {"a": "", "b": ""}, None),
        ("{template: '{a}, {b} {{c}}'}", {"a": "x", "b": "y"}, "x, y {c}"),
        ("{template: '{a} {b} {c}'}", {"a": "x", "c": "z"}, "x z"),
        ("{template: '{a}:{b}', require_all: true}", {"a": "x"}, None),
        ("{column: a, split: ';', type: strings}", {"a": "x; y;"}, ["x", "y"]),
        ("{all: [a, b], type: strings}", {"a": "x", "b": "y"}, ["x", "y"]),
        ("{column: a, map: {M: male, U: ~}}", {"a": "M"}, "male"),
        ("{column: a, map: {M: male, U: ~}}", {"a": "U"}, None),
        ("{column: a, map: {M: male}}", {"a": "X"}, "X"),
        ("{column: a, map: {M: male}, otherwise: drop}", {"a": "X"}, None),
        ("{column: a, map: {yes: 1, no: 0}}", {"a": "no"}, 0),
        ("{column: a, prefix: 'US:'}", {"a": "42"}, "US:42"),
        ("{column: a, region: GB}", {"a": "020 7946 0018"}, "+442079460018"),
        ("{column: a, region: GB}", {"a": "ask her"}, "ask her"),
        ("{column: a, region: CN}", {"a": "139 0000-1122"}, "+8613900001122"),
        ("{column: a, region: CN}", {"a": "010-68881234转801"}, "+861068881234;ext=801"),
        ("{column: a, region: CN}", {"a": "010-68881234 ext 801"}, "+861068881234;ext=801"),
        ("{column: a, region: CN}", {"a": "1381234001O"}, "1381234001O"),
        ("{column: a, region: CN}", {"a": "13812340011;13912340011"}, "13812340011;13912340011"),
        ("{column: a, region: CN}", {"a": "13812340031/13912340031"}, "13812340031/13912340031"),
        ("{column: a, region: CN}", {"a": "13812340001.0"}, "13812340001.0"),
        ("{column: a, region: CN}", {"a": "00000000000"}, "00000000000"),
        ("{column: a, split: ;, region: CN, type: strings}", {"a": "13812340011;13912340011"},
         ["+8613812340011", "+8613912340011"]),
        ("{column: a, type: int}", {"a": "0012"}, 12),
        ("{column: a, type: int, thousands: ' '}", {"a": "1 200"}, 1200),
        ("{column: a, type: float, decimal: ',', thousands: .}", {"a": "1.234,5"}, 1234.5),
        ("{column: a, type: boolean}", {"a": "No"}, False),
        ("{column: a, type: date}", {"a": "2024-02-29"}, "2024-02-29"),
        ("{column: a, type: date, formats: ['%d.%m.%Y', '%b %d %Y']}", {"a": "Mar 1 1970"},
         "1970-03-01"),
        ("{column: a, type: date, formats: '%m/%d/%y', pivot: 20}", {"a": "2/4/31"}, "1931-02-04"),
        ("{column: a, type: date, formats: '%m/%d/%y', pivot: 20}", {"a": "2/4/20"}, "2020-02-04"),
        ("{column: a, type: datetime}", {"a": "2024-01-01T10:00:00+08:00"},
         "2024-01-01T02:00:00.000Z"),
        ("{column: a, type: datetime, formats: '%Y%m%d', timezone: Asia/Shanghai}",
         {"a": "20240101"}, "2023-12-31T16:00:00.000Z"),
        ("{column: a, type: datetime, formats: epoch_milliseconds}", {"a": "1500"},
         "1970-01-01T00:00:01.500Z"),
        ("{column: a, type: string}", {"a": "7"}, "7"),
        ("{column: a, when: {k: [x, y]}}", {"a": "1", "k": "y"}, "1"),
        ("{column: a, when: {k: [x, y]}}", {"a": "1", "k": "z"}, None),
        ("{column: a, unless: {k: x}}", {"a": "1", "k": "x"}, None),
        ("{column: a, unless: {k: x}}", {"a": "1", "k": ""}, "1"),
    ],
)  # fmt: skip
def test_flat_rows(expression: str, cells: dict[str, object], expected: object) -> None:
    assert value(expression, cells) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FEATURES[].NAME", "Ann"),
        ("FEATURES[].PHONE", "1"),
        ("{column: 'FEATURES[].PHONE', type: strings}", ["1", "2"]),
        ("{column: 'FEATURES[].TAGS[]', type: strings}", ["x", "y"]),
        ("FEATURES[1].PHONE", "2"),
        ("FEATURES[9].PHONE", None),
        ("deep.er.value", 5),
        ("deep.down", None),
        ("FEATURES[].NAME.first", None),
        ("{column: deep.er.value, type: string}", "5"),
    ],
)
def test_nested_rows(expression: str, expected: object) -> None:
    assert value(expression, FEATURES, form="jsonl") == expected


@pytest.mark.parametrize(
    ("expression", "cell", "expected"),
    [
        ("{column: a, type: int}", "1_000", "t is not a whole number"),
        ("{column: a, type: int}", 1.5, "t is not a whole number"),
        ("{column: a, type: int}", True, "t is not a whole number"),
        ("{column: a, type: float}", "nan", "t is not a number"),
        ("{column: a, type: boolean}", "perhaps", "neither true nor false"),
        ("{column: a, type: date}", "2023-02-29", "not a date in ISO 8601"),
        ("{column: a, type: date, formats: '%d/%m/%Y'}", "13/13/2020", "any of the listed formats"),
        ("{column: a, type: datetime}", "0001-01-01T00:00:00+14:00", "not a datetime"),
        ("{column: a, type: datetime, formats: epoch_seconds}", "9e99", "not a datetime"),
        ("{column: a, map: {x: y}, otherwise: reject}", "z", "not one of the values of its map"),
    ],
)
def test_what_cannot_be_converted_refuses_the_row_without_its_value(
    expression: str, cell: object, expected: str
) -> None:
    with pytest.raises(RowRefused) as caught:
        value(expression, {"a": cell})
    assert (caught.value.code, caught.value.path) == ("VALUE_INVALID", "traits.t")
    assert expected in caught.value.message
    assert str(cell) not in caught.value.message


def test_an_object_where_a_value_should_be_refuses_the_row() -> None:
    with pytest.raises(RowRefused) as caught:
        value("FEATURES", FEATURES, form="jsonl")
    assert caught.value.code == "VALUE_NOT_SCALAR"


def test_on_error_drop_leaves_the_value_out_and_counts_it() -> None:
    mapping = parse_mapping(
        "format: csv\nkind: records\nkey: id\non_error: drop\n"
        "traits:\n  a: {column: a, type: int}\n  b: {column: b, type: int, on_error: reject}"
    )
    dropped: Counter[str] = Counter()
    assert mapping.contents["a"].value({"a": "x"}, dropped) is None
    assert dropped == {"traits.a": 1}
    with pytest.raises(RowRefused):
        mapping.contents["b"].value({"b": "x"}, dropped)


def test_empty_values_and_a_time_zone_hold_for_the_whole_mapping() -> None:
    assert value("a", {"a": "NULL"}, extra="empty_values: [NULL, '-']") is None
    moment = "{column: a, type: datetime, formats: '%Y-%m-%d %H:%M'}"
    berlin = value(moment, {"a": "2024-07-01 12:00"}, extra="timezone: Europe/Berlin")
    assert berlin == "2024-07-01T10:00:00.000Z"
