"""`kind: file`: rows that are appended to a file of the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.targets.target import Target

FIELDS = ("format",)
FORMATS = ("csv", "jsonl", "parquet")


@dataclass(frozen=True, slots=True)
class File(Target):
    """In which form; where is a setting of whoever runs the instance, and none of the catalog."""

    format: str


def read(entry: Entry, names: Collection[str]) -> File:
    """`format: csv`."""
    del names
    return File(entry.choice("format", FORMATS, "format") or "jsonl")
