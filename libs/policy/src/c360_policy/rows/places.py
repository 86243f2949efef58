"""Where in a document a fault is."""

from __future__ import annotations

from c360_kernel.catalog.document import Located
from c360_kernel.conditions.checking import Path


def located(at: Located, path: Path) -> Located:
    """The value at a path, as far as the path leads."""
    for step in path:
        if isinstance(step, int):
            items = at.items()
            if step >= len(items):
                return at
            at = items[step]
        else:
            fields = at.fields()
            if step not in fields:
                return at
            at = fields[step]
    return at
