"""Value types for source records and identifiers."""

from __future__ import annotations

from typing import NamedTuple

from c360_kernel.errors import Invalid

TraitValue = str | int | float | bool | tuple[str, ...]
"""One typed trait or property value. Dates are ISO 8601 text, instants integer ms UTC."""


class RecordKey(NamedTuple):
    """Names one source record: the source system and its own key for the person."""

    source: str
    key: str

    def __str__(self) -> str:
        return f"{self.source}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> RecordKey:
        """Read `source/key` back; the key may itself contain slashes."""
        source, slash, key = text.partition("/")
        if not (slash and source and key):
            raise Invalid("a record key has the form source/key", code="RECORD_KEY_INVALID")
        return cls(source, key)


class Identifier(NamedTuple):
    """A typed identifier value: as its source wrote it on the log, normalized in projections."""

    type: str
    value: str
