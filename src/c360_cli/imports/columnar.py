"""A file of Parquet, or what an import refused of one.

Its footer says where everything is, so a stream is copied whole before anything is known of it,
and is then gone on with as a file is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from c360_kernel.stamp import wall_clock_ms
from c360_mapping.encodings import EncodingCheck
from c360_mapping.mapping import ImportMapping
from c360_mapping.parquet import MAGIC, ParquetRows
from c360_mapping.refusals import InputRefused
from c360_mapping.row import BrokenRow, Row

from c360_cli.imports.copying import Copy, CopyingReader
from c360_cli.imports.decoding import faults_named
from c360_cli.imports.opening import is_stream, name_of, opened
from c360_cli.imports.reading import Reading
from c360_cli.imports.source import Source
from c360_cli.imports.watching import ColumnSearch

_PIECE = 1 << 20
_Found = tuple[Iterator[Row | BrokenRow], int]


@contextmanager
def columnar(
    path: Path, mapping: ImportMapping, directory: Path | None = None
) -> Generator[Source]:
    """A file or stream of which all is known.

    `directory` is where a copy stands that is too large for memory. Raises `InputRefused`:
    FILE_NOT_FOUND, FILE_NOT_PARQUET, FILE_DAMAGED, MAPPING_COLUMN_MISSING, IMPORT_COPY_FAILED.
    """
    name = name_of(path)
    with Copy(directory) as copy:
        written_ms = _copied(path, copy)
        is_parquet = copy.bytes().read(len(MAGIC)) == MAGIC
        rows, count = _checked(copy, name, mapping) if is_parquet else _again(copy, name, mapping)
        yield Source(
            name=name,
            rows=rows,
            written_ms=written_ms,
            digest=copy.digest,
            lines=count,
            remarks=(),
            remarks_after=lambda: iter(()),
            state_at=lambda _: None,
        )


def _copied(path: Path, copy: Copy) -> int:
    """When it was written (ms UTC): a stream now."""
    with faults_named(name_of(path)), opened(path) as file:
        reader = CopyingReader(file, copy)
        while reader.read(_PIECE):
            pass
        return wall_clock_ms() if is_stream(path) else path.stat().st_mtime_ns // 1_000_000


def _checked(copy: Copy, name: str, mapping: ImportMapping) -> _Found:
    found = ParquetRows(cast("BinaryIO", copy.bytes()), name)
    search = ColumnSearch(mapping.references(), None)
    for row in found.rows():
        search.see(row)
        if search.is_over:
            break
    search.refuse_missing()
    found.read_through()
    return found.rows(), len(found)


def _again(copy: Copy, name: str, mapping: ImportMapping) -> _Found:
    """The rows of a reject file, which is text."""
    count = sum(1 for _ in _rejected(copy, name, mapping).rows())
    return _rejected(copy, name, mapping).rows(), count


def _rejected(copy: Copy, name: str, mapping: ImportMapping) -> Reading:
    reading = Reading(copy.bytes(), name, mapping, EncodingCheck)
    if not reading.rejects:
        message = f"{name} is neither Parquet nor a reject file"
        raise InputRefused(message, code="FILE_NOT_PARQUET")
    return reading
