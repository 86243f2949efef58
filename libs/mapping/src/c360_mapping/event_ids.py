"""How an event without an id of its own is named.

By the values that it sends: a column that the mapping does not use, a space or `10.0` for `10.00`
make no other event. Or by its whole row.
"""

from __future__ import annotations

VALUES = "values"
ROW = "row"
EVENT_IDS = frozenset({VALUES, ROW})
