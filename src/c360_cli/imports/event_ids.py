"""How a data directory names events without an id of their own.

Directories from before 0.2 name events by their whole row, and go on so, since the same file would
else be other events when it comes again.
"""

from __future__ import annotations

from pathlib import Path

from c360_mapping.event_ids import ROW, VALUES

_MARK = "event-ids"


def event_ids_of(data: Path) -> str:
    """The way of a data directory, which keeps it for ever: `VALUES` or `ROW`."""
    imports = data / "imports"
    mark = imports / _MARK
    if mark.is_file():
        return mark.read_text(encoding="utf-8").strip()
    way = ROW if imports.is_dir() else VALUES
    imports.mkdir(parents=True, exist_ok=True)
    mark.write_text(f"{way}\n", encoding="utf-8")
    return way
