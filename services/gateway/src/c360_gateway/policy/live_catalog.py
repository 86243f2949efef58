"""The tags of the gateway's own catalog as they are now: tightened at once, loosened never alone.

A tag holds as long as anyone says it: the catalog that the gateway was started with, the file as
it is now, or a service (`PolicyTables`). So whoever changes or restarts one part alone can hide
values and never show more of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from logging import getLogger
from pathlib import Path

from c360_federation.reloading import FileWatch
from c360_kernel.catalog.loader import load_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import C360Error

from c360_gateway.policy.catalog_tags import catalog_tags, union
from c360_gateway.policy.table import Coordinates

_LOOK_AGAIN_S = 1.0
_log = getLogger(__name__)


class LiveCatalog:
    """Coordinates with their tags, looked at every second while it is watched.

    `agree` is asked before other tags hold and raises `C360Error` to keep those that do. A file
    that cannot be used keeps them too, and is told in the log and by `is_refused`; it is looked at
    again, for what is wrong may be its mode. Without a file the catalog stays what it is.
    """

    def __init__(self, catalog: Catalog, file: Path | None = None) -> None:
        self._start = catalog_tags(catalog)
        self._file = file
        self._watch = FileWatch(lambda: [] if file is None else [file])
        self.agree: Callable[[Coordinates], None] = lambda _: None
        self.declared: Coordinates = self._start
        self._fault: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the file as it is now cannot be used."""
        return self._fault is not None

    async def start(self) -> None:
        """It was read when this was made."""

    async def watch(self) -> None:
        """Look at the file for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def refresh(self) -> None:
        """Take the tags of the file, if it is another one and can be used."""
        if self._file is None or not (self._watch.changed() or self.is_refused):
            return
        try:
            told = catalog_tags(await asyncio.to_thread(load_catalog, self._file))
            declared = union(self._start, told)
            if declared != self.declared:
                self.agree(declared)
        except C360Error as error:
            self._refuse(error.message)
            return
        self._fault = None
        self._take(declared)

    def _refuse(self, fault: str) -> None:
        if fault != self._fault:
            _log.error("the catalog's tags are kept: the changed one is refused: %s", fault)
        self._fault = fault

    def _take(self, declared: Coordinates) -> None:
        if declared != self.declared:
            before, self.declared = self.declared, declared
            changed = [name for name in declared if declared[name] != before.get(name)]
            _log.warning("the catalog's tags changed: %s", told_of(changed or list(before)))


def told_of(names: list[str], most: int = 10) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(sorted(names)[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
