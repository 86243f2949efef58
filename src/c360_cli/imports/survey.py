"""A file is read once and looked through, before the copy that was made of it is sent."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from c360_mapping.encodings import EncodingCheck
from c360_mapping.mapping import ImportMapping
from c360_mapping.refusals import InputRefused

from c360_cli.imports.copying import Copy, CopyingReader
from c360_cli.imports.decoding import Unchecked, faults_named
from c360_cli.imports.opening import opened
from c360_cli.imports.reading import Reading
from c360_cli.imports.source import Source
from c360_cli.imports.watching import ColumnSearch, SpreadRows


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file is: its number of lines, when it was written (ms UTC), what to say of it."""

    lines: int
    modified_ms: int
    remarks: Sequence[str]


@contextmanager
def surveyed(
    path: Path, mapping: ImportMapping, directory: Path | None = None
) -> Generator[Source]:
    """A file of which all is known; raises what `survey` does.

    `directory` is where a copy stands that is too large for memory.
    """
    with Copy(directory) as copy:
        found = survey(path, mapping, copy)
        reading = Reading(copy.bytes(), str(path), mapping, lambda _: Unchecked())
        yield Source(
            name=path.name,
            rows=reading.rows(),
            written_ms=found.modified_ms,
            digest=copy.digest,
            lines=found.lines,
            remarks=found.remarks,
            remarks_after=lambda: iter(()),
            state_at=reading.state_at,
        )


def survey(path: Path, mapping: ImportMapping, copy: Copy) -> Survey:
    """Checks that the whole file can be read, and has the columns of its mapping; copies it.

    Raises `InputRefused` with the code FILE_NOT_FOUND, FILE_DAMAGED, FILE_NOT_UTF8
    (FILE_NOT_DECODABLE for any other encoding), FILE_ENCODING_MISNAMED, FILE_EMPTY,
    FILE_HEADER_INVALID, MAPPING_COLUMN_MISSING or IMPORT_COPY_FAILED.
    """
    with faults_named(str(path)), opened(path) as file:
        reading = Reading(CopyingReader(file, copy), str(path), mapping, EncodingCheck)
        spread = _looked_through(reading, mapping)
        modified_ms = path.stat().st_mtime_ns // 1_000_000
    return Survey(reading.lines, modified_ms, tuple(spread.remarks()))


def _looked_through(reading: Reading, mapping: ImportMapping) -> SpreadRows:
    spread = SpreadRows()
    try:
        search = ColumnSearch([] if reading.rejects else mapping.references(), reading.header)
        for count, row in enumerate(reading.rows(), start=1):
            # States are for who sends the rows: here they would pile up.
            reading.state_at(count)
            search.see(row)
            spread.see(row)
            if search.is_over and reading.header is None:
                break
    except InputRefused:
        # Of bytes that cannot be read, a header is wrong as well: what they are is said first.
        reading.read_on()
        raise
    reading.read_on()
    search.refuse_missing()
    return spread
