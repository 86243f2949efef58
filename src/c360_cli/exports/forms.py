"""The form of an exported file, by the ending of its name."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import orjson
from c360_kernel.errors import Invalid
from c360_kernel.outgoing.spreadsheets import as_text
from c360_kernel.parquet import require_parquet, write_parquet

_PARQUET = ".parquet"
Finish = Callable[[Path, Path, Sequence[str]], None]
"""Makes a file of rows that are JSON lines, in the order of these columns."""


def finish_for(out: Path) -> Finish:
    """What makes this file.

    Raises `Invalid` (EXPORT_FORM) for an ending that says nothing, `SettingsError`
    (PARQUET_MISSING) for a form that needs what is not installed.
    """
    found = _FORMS.get(out.suffix.lower())
    if found is None:
        message = f"a file that is exported ends in {', '.join(_FORMS)}"
        raise Invalid(message, code="EXPORT_FORM")
    if out.suffix.lower() == _PARQUET:
        require_parquet()
    return found


def _json_lines(rows: Path, out: Path, columns: Sequence[str]) -> None:
    del columns
    rows.replace(out)


def _csv(rows: Path, out: Path, columns: Sequence[str]) -> None:
    aside = out.with_name(f"{out.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        rows.open("rb") as lines,
        os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(columns)
        for line in lines:
            row = orjson.loads(line)
            writer.writerow([_cell(row.get(name)) for name in columns])
        file.flush()
        os.fsync(file.fileno())
    aside.replace(out)


def _cell(value: object) -> str:
    """Nothing is empty, a list is JSON; what a spreadsheet would compute is marked as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return as_text(value)
    return orjson.dumps(value).decode()


_FORMS: Mapping[str, Finish] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    _PARQUET: write_parquet,
}
