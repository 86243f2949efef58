"""Composes the supergraph, keeps the last good one on disk, and composes again on change."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from logging import getLogger
from pathlib import Path
from typing import Protocol

from c360_federation.compose import CompositionError, SubgraphSdl, compose
from c360_federation.reloading import SupergraphFile
from c360_kernel.errors import Transient

from c360_gateway.supergraph.sdl import SdlSource

_log = getLogger(__name__)
_RETRY_S = 1.0
_REFRESH_S = 10.0


class Keeper(Protocol):
    """Keeps a supergraph in use; `current` is None before there is one."""

    @property
    def current(self) -> str | None:
        """The supergraph in use."""
        ...

    @property
    def missing(self) -> tuple[str, ...]:
        """The subgraphs that did not tell their schema."""
        ...

    async def start(self) -> None:
        """Put one to use, if there is one."""
        ...

    async def watch(self) -> None:
        """Look for another one for ever."""
        ...


class FileKeeper(SupergraphFile):
    """A ready supergraph, which no subgraph is asked for."""

    missing: tuple[str, ...] = ()


class SupergraphKeeper:
    """Hands each new supergraph to `use`. `missing` names the subgraphs that did not answer."""

    def __init__(
        self,
        sources: Mapping[str, SdlSource],
        last_good: Path,
        use: Callable[[str], Awaitable[None]],
    ) -> None:
        self._sources = sources
        self._last_good = last_good
        self._use = use
        self._told: dict[str, str] = {}
        self.current: str | None = None
        self.missing: tuple[str, ...] = ()

    async def start(self) -> None:
        """Compose once, or fall back to the last good supergraph; having neither is no error."""
        await self.refresh()
        if self.current is None and self._last_good.exists():
            _log.warning("using the last good supergraph, without: %s", ", ".join(self.missing))
            await self.take(self._last_good.read_text("utf-8"))

    async def watch(self) -> None:
        """Ask again for ever: soon while a subgraph is missing, now and then when all are there."""
        while True:
            await asyncio.sleep(_RETRY_S if self.missing else _REFRESH_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Ask every subgraph and compose when all answered and something changed."""
        told: dict[str, str] = {}
        for name, source in self._sources.items():
            try:
                told[name] = await source.sdl()
            except Transient as error:
                _log.info("%s", error.message)
        self.missing = tuple(name for name in self._sources if name not in told)
        if told and not self.missing and told != self._told:
            await self._compose(told)
            self._told = told

    async def _compose(self, told: Mapping[str, str]) -> None:
        subgraphs = [SubgraphSdl(name, sdl) for name, sdl in told.items()]
        try:
            supergraph = await asyncio.to_thread(compose, subgraphs)
        except CompositionError as error:
            for problem in error.problems:
                _log.error("supergraph not taken: %s: %s", problem.code, problem.message)
            if self.current is None and not self._last_good.exists():
                raise
            return
        await self.take(supergraph)
        _write(self._last_good, supergraph)

    async def take(self, supergraph: str) -> None:
        """Put a supergraph to use."""
        if supergraph != self.current:
            await self._use(supergraph)
            self.current = supergraph


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_text(text, "utf-8")
    aside.replace(file)
