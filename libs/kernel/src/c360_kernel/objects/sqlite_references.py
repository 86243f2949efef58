"""Indexes over the properties by which events refer to objects, in a table `event`.

They come and go with what looks through events at objects.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

_INDEX = "event_by_"
_INDEXES = (
    f"SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB '{_INDEX}[0-9a-f]*_key'"
)


def refer_by(connection: sqlite3.Connection, properties: Collection[str]) -> None:
    """An index over what each of these properties holds, and none over others."""
    wanted = {_index(name): name for name in properties}
    for (held,) in connection.execute(_INDEXES).fetchall():
        if held not in wanted:
            connection.execute(f'DROP INDEX "{held}"')
    for index, name in wanted.items():
        connection.execute(
            f'CREATE INDEX IF NOT EXISTS "{index}" ON event({held_by(name)}, record)'
            f" WHERE {held_by(name)} IS NOT NULL"
        )


def held_by(property_: str) -> str:
    """What the property of a row holds; names of properties are letters and digits."""
    return f"(properties ->> '$.{property_}')"


def _index(property_: str) -> str:
    # Names of indexes know no case.
    return f"{_INDEX}{property_.encode().hex()}_key"
