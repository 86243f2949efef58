"""Corrections: what a steward says of a customer, on a record of the stewards' own source.

A correction belongs to the record that it corrects, for ever: it goes where that record goes when
customers are joined or taken apart. No source of a catalog writes to it.
"""

from __future__ import annotations

from c360_kernel.record import RecordKey

STEWARD = "steward"
"""The source of all corrections; its records are named by those that they correct."""


def correction_of(record: RecordKey) -> RecordKey:
    """The record that says what stewards correct of another one."""
    return RecordKey(STEWARD, str(record))


def corrected_by(record: RecordKey) -> RecordKey | None:
    """The record that one corrects; None of a record that is no correction."""
    if record.source != STEWARD:
        return None
    source, _, key = record.key.partition("/")
    return RecordKey(source, key) if key else None
