"""Who carries what: an index of the identifiers that records say, kept with the records."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from c360_kernel.sqlite_rows import insert_rows

from c360_profile.domain.carried import NOTHING, pairs_in
from c360_profile.domain.record import SourceRecord

_TAKE = "DELETE FROM carried WHERE type=? AND value=? AND record=?"
_PUT = "INSERT INTO carried"


def replace_carried(
    connection: sqlite3.Connection,
    before: Mapping[str, SourceRecord],
    saved: Mapping[str, SourceRecord],
) -> None:
    """Put what saved records carry in the place of what they carried before, all by their ids."""
    put: list[tuple[str, str, str]] = []
    taken: list[tuple[str, str, str]] = []
    for id_, record in saved.items():
        held = before[id_].carried if id_ in before else NOTHING
        if held != record.carried:
            old, new = pairs_in(held), pairs_in(record.carried)
            taken += [(type_, value, id_) for type_, value in old if [type_, value] not in new]
            put += [(type_, value, id_) for type_, value in new if [type_, value] not in old]
    connection.executemany(_TAKE, taken)
    # What is near to each other in the index is written together.
    insert_rows(connection, _PUT, sorted(put))
