"""Rows of Parquet say what the same rows say as JSON Lines, however the file is cut."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from c360_mapping.json_numbers import JsonNumber
from c360_mapping.parquet import ParquetRows
from c360_mapping.refusals import InputRefused
from c360_mapping.row import BrokenRow
from hypothesis import given
from hypothesis import strategies as st

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

_ROW = st.fixed_dictionaries(
    {
        "id": st.integers(-(2**63), 2**63 - 1),
        "name": st.none() | st.text(),
        "amount": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "known": st.none() | st.booleans(),
        "lines": st.lists(st.fixed_dictionaries({"price": st.none() | st.text()})),
        "buyer": st.none() | st.fixed_dictionaries({"mails": st.lists(st.text())}),
    }
)
_SCHEMA = {
    "id": arrow.int64(),
    "name": arrow.string(),
    "amount": arrow.float64(),
    "known": arrow.bool_(),
    "lines": arrow.list_(arrow.struct({"price": arrow.string()})),
    "buyer": arrow.struct({"mails": arrow.list_(arrow.string())}),
}


def _written(table, **how) -> io.BytesIO:
    file = io.BytesIO()
    parquet.write_table(table, file, **how)
    return file


def _cells(column) -> list:
    rows = list(ParquetRows(_written(arrow.table({"a": column})), "p").rows())
    return [one if isinstance(one, BrokenRow) else one.cells["a"] for one in rows]


@given(rows=st.lists(_ROW, max_size=12), at_once=st.integers(1, 13))
def test_rows_are_those_that_were_written(rows, at_once):
    table = arrow.Table.from_pylist(rows, schema=arrow.schema(_SCHEMA))
    found = ParquetRows(_written(table, row_group_size=at_once), "p")
    assert len(found) == len(rows)
    told = list(found.rows())
    assert [one.cells for one in told] == rows
    assert [one.line for one in told] == list(range(1, len(rows) + 1))
    assert [one.cells for one in found.rows()] == rows, "it is read as often as one likes"


_AT = dt.datetime(2026, 1, 31, 8, 0, 0, 123_456)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ([_AT, None], ["2026-01-31T08:00:00.123456", None]),
        (
            arrow.array([_AT], arrow.timestamp("ns", "Asia/Shanghai")),
            ["2026-01-31T16:00:00.123456+08:00"],
        ),
        (arrow.array([1_769_846_400_123_456_789], arrow.timestamp("ns")), [_AT.isoformat()]),
        (arrow.array([[1]], arrow.list_(arrow.timestamp("ns"))), [["1970-01-01T00:00:00"]]),
        ([dt.date(2026, 1, 31)], ["2026-01-31"]),
        (arrow.array([1_001], arrow.time64("ns")), ["00:00:00.000001"]),
        (arrow.array([1_500_000_001, None], arrow.duration("ns")), [1.5, None]),
        ([dt.timedelta(days=-1)], [-86_400.0]),
        (arrow.array([b"0" * 16], arrow.uuid()), ["30303030-3030-3030-3030-303030303030"]),
        ([float("nan"), float("inf"), 1.5], [None, "inf", 1.5]),
        ([b"\xe5\xbc\xa0", b"\xff\x00"], ["张", "ff00"]),
        (arrow.array([[("k", 1)]], arrow.map_(arrow.string(), arrow.int64())), [[["k", 1]]]),
        (arrow.array(["a", "a"]).dictionary_encode(), ["a", "a"]),
    ],
)
def test_values_are_told_as_json_lines_have_them(column, told):
    assert _cells(column) == told


def test_a_decimal_keeps_its_digits():
    (told,) = _cells([Decimal("12345678901234567890.10")])
    assert isinstance(told, JsonNumber) and told.text == "12345678901234567890.10"


def test_a_value_that_cannot_be_told_costs_its_own_row_alone():
    beyond = arrow.array([0, 10**18, 1], arrow.timestamp("us"))
    first, broken, last = _cells(beyond)
    assert (first, last) == ("1970-01-01T00:00:00", "1970-01-01T00:00:00.000001")
    assert isinstance(broken, BrokenRow) and broken.line == 2


def _whole() -> bytes:
    table = arrow.table({"a": ["secret"] * 5_000, "n": range(5_000)})
    return _written(table, compression="snappy", use_dictionary=False).getvalue()


def test_a_file_that_is_cut_off_or_changed_is_damaged():
    whole = _whole()
    for content in (whole[:-9], whole[:100], b"PAR1", whole[:60] + b"\xff" * 900 + whole[960:]):
        with pytest.raises(InputRefused) as refused:
            ParquetRows(io.BytesIO(content), "p").read_through()
        assert refused.value.code == "FILE_DAMAGED"
        assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "kind",
    [
        arrow.map_(arrow.string(), arrow.timestamp("ns", "UTC")),
        arrow.list_(arrow.timestamp("ns", "UTC"), 1),
        arrow.list_(arrow.struct({"at": arrow.map_(arrow.string(), arrow.time64("ns"))})),
    ],
)
def test_nanoseconds_are_cut_wherever_they_are(kind):
    at = 1_767_225_600_123_456_789
    if arrow.types.is_map(kind):
        given_, told = [("a", at)], [["a", "2026-01-01T00:00:00.123456+00:00"]]
    elif arrow.types.is_fixed_size_list(kind):
        given_, told = [at], ["2026-01-01T00:00:00.123456+00:00"]
    else:
        given_, told = [{"at": [("a", 1_001)]}], [{"at": [["a", "00:00:00.000001"]]}]
    assert _cells(arrow.array([given_, None], kind)) == [told, None]


def test_two_columns_of_one_name_are_refused():
    table = arrow.Table.from_arrays([arrow.array([1]), arrow.array([2])], names=["a", "a"])
    with pytest.raises(InputRefused, match="repeats the column 'a'") as refused:
        ParquetRows(_written(table), "p")
    assert refused.value.code == "FILE_HEADER_INVALID"
