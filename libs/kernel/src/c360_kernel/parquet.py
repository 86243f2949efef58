"""Rows of JSON lines as a file of Parquet; needs the extra `c360-kernel[parquet]`.

A column has the type that all its values have: text, whole numbers, numbers, yes or no, or lists of
text. Where they differ they are text, as JSON. The lines are read twice, a few at a time, so that
memory does not grow with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, cast

import orjson

from c360_kernel.errors import SettingsError

_AT_ONCE = 10_000
_OWNER = 0o600
_LARGEST = 2**63
_TEXT, _WHOLE, _NUMBER, _YES_NO, _TEXTS = "text", "whole", "number", "yes_no", "texts"


def require_parquet() -> None:
    """Raises `SettingsError` (PARQUET_MISSING) where the library is not installed."""
    parquet_library()


def write_parquet(rows: Path, out: Path, columns: Sequence[str]) -> None:
    """Make a file of flat rows, whole or not at all; who may read it is its owner alone.

    Raises `SettingsError` (PARQUET_MISSING).
    """
    arrow, parquet = parquet_library()
    kinds = _kinds(rows, columns)
    schema = arrow.schema([(name, _TYPES[kinds[name]](arrow)) for name in columns])
    aside = out.with_name(f".{out.name}.new")
    descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, _OWNER)
    with os.fdopen(descriptor, "wb") as file:
        with parquet.ParquetWriter(file, schema) as writer:
            for page in _pages(rows):
                writer.write_table(arrow.table(_cells(page, kinds), schema=schema))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(out)


def _cells(
    page: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]
) -> Mapping[str, list[object]]:
    return {name: [_cell(row.get(name), kind) for row in page] for name, kind in kinds.items()}


def parquet_library() -> tuple[Any, Any]:
    """`pyarrow` and its `parquet`. Raises `SettingsError` (PARQUET_MISSING)."""
    try:
        # Large and optional: whoever has no such file needs none of it.
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        message = "Parquet needs pyarrow: pip install 'c360-kernel[parquet]'"
        raise SettingsError(message, code="PARQUET_MISSING") from error


def _pages(rows: Path) -> Iterator[list[Mapping[str, Any]]]:
    with rows.open("rb") as lines:
        while page := [orjson.loads(line) for line in islice(lines, _AT_ONCE)]:
            yield page


def _kinds(rows: Path, columns: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {name: set() for name in columns}
    for page in _pages(rows):
        for row in page:
            for name in columns:
                if (value := row.get(name)) is not None:
                    found[name].add(_kind(value))
    return {name: _common(kinds) for name, kinds in found.items()}


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return _YES_NO
    if isinstance(value, int):
        return _WHOLE if -_LARGEST <= value < _LARGEST else _TEXT
    if isinstance(value, float):
        return _NUMBER
    if isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value)):
        return _TEXTS
    return _TEXT


def _common(kinds: set[str]) -> str:
    if kinds == {_WHOLE, _NUMBER}:
        return _NUMBER
    return next(iter(kinds)) if len(kinds) == 1 else _TEXT


_TYPES: Mapping[str, Callable[[Any], object]] = {
    _TEXT: lambda arrow: arrow.string(),
    _WHOLE: lambda arrow: arrow.int64(),
    _NUMBER: lambda arrow: arrow.float64(),
    _YES_NO: lambda arrow: arrow.bool_(),
    _TEXTS: lambda arrow: arrow.list_(arrow.string()),
}


def _cell(value: object, kind: str) -> object:
    if value is None or kind != _TEXT or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
