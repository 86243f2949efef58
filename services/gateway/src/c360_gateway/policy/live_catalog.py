"""The gateway's own catalog as it is now: taken whole, and its tags tightened before that.

A tag holds as long as anyone says it: the catalog in force, the file as it is now, or a service
(`PolicyTables`). So whoever changes or restarts one part alone can hide values and never show
more of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from logging import getLogger
from pathlib import Path

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.watching import CatalogFile
from c360_kernel.errors import C360Error
from c360_policy.schema.catalog_tags import catalog_tags, computed_of, union
from c360_policy.table import Coordinates

from c360_gateway.policy.declared import DeclaredCatalog

_LOOK_AGAIN_S = 1.0
_log = getLogger(__name__)


async def _nobody(_: Catalog) -> None:
    """Nobody has to be told."""


class LiveCatalog(DeclaredCatalog):
    """The catalog in force, and coordinates with their tags; the file is looked at every second.

    A file that is whole is put into force: `allow` is asked before and raises `C360Error` to keep
    the one that is, `changed` is told. What a file that may be half-written tags more tightly
    holds at once; `agree` is asked before. A file that cannot be used keeps everything, and is
    told in the log and by `refused`. Without a file the catalog stays what it is.
    """

    def __init__(
        self,
        catalog: Catalog,
        file: Path | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.in_force = catalog
        self._file = None if file is None else CatalogFile(file, now_s)
        self.agree: Callable[[Coordinates], None] = lambda _: None
        self.allow: Callable[[Catalog], None] = lambda _: None
        self.changed: Callable[[Catalog], Awaitable[None]] = _nobody
        self.declared = catalog_tags(catalog)
        self.computed = computed_of(catalog)
        self.row_traits = catalog.row_traits
        self.refused: C360Error | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the file as it is now cannot be used."""
        return self.refused is not None

    async def start(self) -> None:
        """It was read when this was made."""

    async def watch(self) -> None:
        """Look at the file for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def refresh(self) -> None:
        """Take what the file says, if it is another one and can be used."""
        if self._file is None:
            return
        try:
            seen = await asyncio.to_thread(self._file.look)
            if self._file.is_whole and seen.digest != self.in_force.digest:
                await self._put_into_force(seen)
            declared = union(catalog_tags(self.in_force), catalog_tags(seen))
            if declared != self.declared:
                self.agree(declared)
        except C360Error as error:
            self._refuse(error)
            return
        self.refused = None
        self._take(declared)

    async def _put_into_force(self, catalog: Catalog) -> None:
        self.allow(catalog)
        self.in_force, self.computed = catalog, computed_of(catalog)
        self.row_traits = catalog.row_traits
        await self.changed(catalog)
        _log.warning("catalog taken: %s", catalog.digest)

    def _refuse(self, error: C360Error) -> None:
        if self.refused is None or error.message != self.refused.message:
            _log.error("catalog kept: the changed one is refused: %s: %s", error.code, error)
        self.refused = error

    def _take(self, declared: Coordinates) -> None:
        if declared != self.declared:
            before, self.declared = self.declared, declared
            changed = [name for name in declared if declared[name] != before.get(name)]
            _log.warning("the catalog's tags changed: %s", listed(changed or list(before)))


def listed(names: list[str], most: int = 10) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(sorted(names)[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
