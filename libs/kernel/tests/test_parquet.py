"""Rows of JSON lines as Parquet: what is read back is what was there, by the types of columns."""

import tempfile
from pathlib import Path

import orjson
import pytest
from c360_kernel.parquet import write_parquet
from hypothesis import given
from hypothesis import strategies as st

parquet = pytest.importorskip("pyarrow.parquet")
_COLUMNS = ["a", "b"]


def _read(rows):
    with tempfile.TemporaryDirectory() as folder:
        lines, out = Path(folder, "rows"), Path(folder, "out.parquet")
        lines.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        write_parquet(lines, out, _COLUMNS)
        return parquet.read_table(out)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, -(2**63)], "int64"),
        ([2**63, 1], "string"),
        ([1, 2.5], "double"),
        ([True, False], "bool"),
        ([True, 1], "string"),
        ([["x"], []], "list<element: string>"),
        ([["x"], "x"], "string"),
        ([None, None], "string"),
        ([{"x": 1}], "string"),
    ],
)
def test_a_column_has_the_type_that_all_its_values_have(values, kind):
    table = _read([{"a": value} for value in values])
    assert str(table.schema.field("a").type) == kind
    told = table.column("a").to_pylist()
    if kind == "string":
        assert told == [
            None if v is None else v if isinstance(v, str) else _json(v) for v in values
        ]
    else:
        assert told == values


def _json(value):
    return orjson.dumps(value).decode()


_CELL = st.none() | st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans()


@given(st.lists(st.fixed_dictionaries({}, optional={"a": _CELL, "b": st.lists(st.text())})))
def test_rows_are_read_back_in_their_order(rows):
    table = _read(rows)
    assert table.num_rows == len(rows)
    assert [one or [] for one in table.column("b").to_pylist()] == [r.get("b") or [] for r in rows]
    for told, row in zip(table.column("a").to_pylist(), rows, strict=True):
        value = row.get("a")
        assert told == value or told == _json(value)


def test_many_rows_are_several_pages():
    table = _read([{"a": number} for number in range(25_000)])
    assert table.column("a").to_pylist() == list(range(25_000))
