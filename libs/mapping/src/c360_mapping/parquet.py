"""Reads Parquet, some rows of a row group at a time, so that memory does not grow with the file.

Values become what they would be in JSON Lines: times in ISO 8601, decimals by their digits, binary
as text where it is UTF-8 and else in hexadecimal digits, durations in seconds. What is no number at
all is nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

from c360_kernel.parquet import parquet_library

from c360_mapping.json_numbers import JsonNumber
from c360_mapping.refusals import InputRefused, RowRefused
from c360_mapping.row import BrokenRow, Row

MAGIC = b"PAR1"
_AT_ONCE = 1_000
# Of a column of a row group no more than this is held before it is decoded.
_BUFFER = 1 << 20


class ParquetRows:
    """The rows of a file that can be sought in; `name` is what it is called in messages.

    Raises `InputRefused` (FILE_DAMAGED, while rows are read too; FILE_HEADER_INVALID), and
    `SettingsError` (PARQUET_MISSING).
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._arrow, parquet = parquet_library()
        self._name = name
        with self._faults_named():
            self._file: Any = parquet.ParquetFile(
                file, buffer_size=_BUFFER, pre_buffer=False, coerce_int96_timestamp_unit="us"
            )
            schema = self._file.schema_arrow
            self._schema = self._arrow.schema([self._known(one) for one in schema])
        _refuse_repeated(schema.names)

    def __len__(self) -> int:
        """How many rows there are."""
        return self._file.metadata.num_rows

    def read_through(self) -> None:
        """Read all of it, and make nothing of it."""
        for _ in self._batches():
            pass

    def rows(self) -> Iterator[Row | BrokenRow]:
        """All rows in order, from the first one on; `line` counts them."""
        number = 0
        for batch in self._batches():
            for cells in self._cells(batch):
                number += 1
                yield _broken(number) if cells is None else Row(number, _object(cells))

    def _cells(self, batch: Any) -> list[Any]:  # noqa: ANN401 - the library has no types
        """The rows of a batch; None for one with a value that Python has not, as the year 12000."""
        with self._faults_named():
            known = batch.cast(self._schema, safe=False)
        try:
            return known.to_pylist()
        except (ValueError, OverflowError):
            return [_cells_of(known.slice(at, 1)) for at in range(known.num_rows)]

    def _batches(self) -> Iterator[Any]:
        with self._faults_named():
            yield from self._file.iter_batches(batch_size=_AT_ONCE, use_threads=False)

    def _known(self, one: Any) -> Any:  # noqa: ANN401 - the library has no types
        return one.with_type(self._in_microseconds(one.type))

    def _in_microseconds(self, kind: Any) -> Any:  # noqa: ANN401 - the library has no types
        """A type whose times Python has: none knows nanoseconds."""
        arrow, types = self._arrow, self._arrow.types
        if types.is_timestamp(kind) and kind.unit == "ns":
            return arrow.timestamp("us", kind.tz)
        if types.is_duration(kind) and kind.unit == "ns":
            return arrow.duration("us")
        if types.is_time64(kind):
            return arrow.time64("us")
        return self._nested(kind)

    def _nested(self, kind: Any) -> Any:  # noqa: ANN401 - the library has no types
        """A type that others are in, with these."""
        arrow, types = self._arrow, self._arrow.types
        if types.is_fixed_size_list(kind):
            return arrow.list_(self._known(kind.value_field), kind.list_size)
        if types.is_list(kind) or types.is_large_list(kind):
            make = arrow.list_ if types.is_list(kind) else arrow.large_list
            return make(self._known(kind.value_field))
        if types.is_map(kind):
            return arrow.map_(self._known(kind.key_field), self._known(kind.item_field))
        if types.is_struct(kind):
            return arrow.struct([self._known(kind.field(at)) for at in range(kind.num_fields)])
        return kind

    @contextmanager
    def _faults_named(self) -> Generator[None]:
        try:
            yield
        except (self._arrow.ArrowException, OSError) as error:
            # What the library says of it may quote a value.
            message = f"{self._name} is damaged, or no Parquet that is known here"
            raise InputRefused(message, code="FILE_DAMAGED") from error


def _refuse_repeated(names: Sequence[str]) -> None:
    """Of two columns of one name a row would have the last."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"the file repeats the column {', '.join(map(repr, repeated))}"
        raise InputRefused(message, code="FILE_HEADER_INVALID")


def _cells_of(row: Any) -> Any:  # noqa: ANN401 - the library has no types
    try:
        return row.to_pylist()[0]
    except (ValueError, OverflowError):
        return None


def _broken(number: int) -> BrokenRow:
    refusal = RowRefused("VALUE_INVALID", "", "a value of the row is out of all bounds")
    return BrokenRow(number, {}, refusal)


def _plain(value: object) -> object:
    make = _PLAIN.get(type(value))
    return value if make is None else make(value)


def _object(value: Any) -> Mapping[str, object]:  # noqa: ANN401 - as `_plain` found it
    return {str(name): _plain(inner) for name, inner in value.items()}


def _list(value: Any) -> object:  # noqa: ANN401 - as `_plain` found it
    return [_plain(inner) for inner in value]


def _number(value: Any) -> object:  # noqa: ANN401 - as `_plain` found it
    return None if math.isnan(value) else value if math.isfinite(value) else str(value)


def _decimal(value: Any) -> object:  # noqa: ANN401 - as `_plain` found it
    return JsonNumber(format(value, "f"))


def _text(value: Any) -> object:  # noqa: ANN401 - as `_plain` found it
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _iso(value: Any) -> object:  # noqa: ANN401 - as `_plain` found it
    return value.isoformat()


def _seconds(value: Any) -> object:  # noqa: ANN401 - as `_plain` found it
    return value.total_seconds()


_PLAIN: Mapping[type, Callable[[Any], object]] = {
    dict: _object,
    list: _list,
    tuple: _list,
    float: _number,
    Decimal: _decimal,
    bytes: _text,
    datetime: _iso,
    date: _iso,
    time: _iso,
    timedelta: _seconds,
    UUID: str,
}
