"""Composes the supergraph, keeps the last good one on disk, and composes again on change."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import Protocol

from c360_federation.compose import CompositionError, SubgraphSdl, compose
from c360_federation.reloading import SupergraphFile
from c360_kernel.errors import Transient
from c360_policy.errors import PolicyInvalid

from c360_gateway.supergraph.sdl import SdlSource

_log = getLogger(__name__)
_RETRY_S = 1.0
_REFRESH_S = 10.0
_HURRY_S = 60.0
_PATIENT_LOOKS = 15


class SupergraphSource(Protocol):
    """Keeps a supergraph in use; `current` is None before there is one."""

    @property
    def current(self) -> str | None:
        """The supergraph in use."""
        ...

    @property
    def missing(self) -> tuple[str, ...]:
        """The subgraphs that did not tell their schema."""
        ...

    @property
    def refused(self) -> PolicyInvalid | None:
        """Why a newer supergraph is not in use: a deny of the policy would hold for nothing."""
        ...

    async def start(self) -> None:
        """Put one to use, if there is one."""
        ...

    async def watch(self) -> None:
        """Look for another one for ever."""
        ...

    async def refresh(self) -> None:
        """Look for another one now."""
        ...

    async def renew(self) -> None:
        """Look now and often for a while, and put the one in use to use again, changed or not."""
        ...


class FileSource(SupergraphFile):
    """A ready supergraph, which no subgraph is asked for."""

    missing: tuple[str, ...] = ()
    refused: PolicyInvalid | None = None

    async def renew(self) -> None:
        """No catalog stands behind the file."""
        await self.refresh()

    async def refresh(self) -> None:
        """One that policy refuses is tried again at each look."""
        if self.refused is not None or self._watch.changed():
            try:
                await self._take_changed()
            except PolicyInvalid as error:
                _log_once(self.refused, error)
                self.refused = error
            else:
                self.refused = None


def _log_once(before: PolicyInvalid | None, error: PolicyInvalid) -> None:
    if before is None or before.message != error.message:
        _log.error("supergraph not taken: %s: %s", error.code, error.message)


class ComposedSource:
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
        self._sdls: dict[str, str] = {}
        self._waiting: str | None = None
        self._looks = 0
        self._reported_missing = False
        self._hurried = asyncio.Event()
        self._hurried_until_s = 0.0
        self._puttings = 0
        self._turn = asyncio.Lock()
        self.current: str | None = None
        self.missing: tuple[str, ...] = ()
        self.refused: PolicyInvalid | None = None

    async def start(self) -> None:
        """Compose once, or fall back to the last good supergraph; having neither is no error."""
        await self.refresh()
        if self.current is None and self._last_good.exists():
            await self._fall_back(self._last_good.read_text("utf-8"))

    async def watch(self) -> None:
        """Ask again for ever: soon while a subgraph is missing, now and then when all are there."""
        while True:
            is_hurried = time.monotonic() < self._hurried_until_s
            soon = self.missing or self.refused is not None or is_hurried
            with suppress(TimeoutError):
                async with asyncio.timeout(_RETRY_S if soon else _REFRESH_S):
                    await self._hurried.wait()
            self._hurried.clear()
            await self.refresh()

    async def refresh(self) -> None:
        """Ask every subgraph and compose when all answered and something changed."""
        async with self._turn:
            await self._refresh()

    async def renew(self) -> None:
        """As the port says: services take a changed catalog a little sooner or later."""
        self._hurried_until_s = time.monotonic() + _HURRY_S
        self._hurried.set()
        async with self._turn:
            before = self._puttings
            await self._refresh()
            if self.current is not None and self._puttings == before:
                self.refused = await self._tried(self._put_to_use, self.current) or self.refused

    async def _refresh(self) -> None:
        sdls: dict[str, str] = {}
        for name, source in self._sources.items():
            # One that does not answer is missing; a service takes a while to start.
            with suppress(Transient):
                sdls[name] = await source.sdl()
        self.missing = tuple(name for name in self._sources if name not in sdls)
        self._report_missing()
        if sdls and not self.missing and sdls != self._sdls:
            await self._compose(sdls)
            self._sdls = sdls
        elif self._waiting is not None:
            await self._renew(self._waiting)

    def _report_missing(self) -> None:
        """Say once who stays away, and once that everybody is there again."""
        self._looks = self._looks + 1 if self.missing else 0
        if self._looks == _PATIENT_LOOKS:
            self._reported_missing = True
            _log.warning("these services do not answer: %s", ", ".join(self.missing))
        elif not self.missing and self._reported_missing:
            self._reported_missing = False
            _log.info("all services answer")

    async def _compose(self, sdls: Mapping[str, str]) -> None:
        subgraphs = [SubgraphSdl(name, sdl) for name, sdl in sdls.items()]
        try:
            supergraph = await asyncio.to_thread(compose, subgraphs)
        except CompositionError as error:
            for problem in error.problems:
                _log.error("supergraph not taken: %s: %s", problem.code, problem.message)
            if self.current is None and not self._last_good.exists():
                raise
            return
        await self._renew(supergraph)

    async def _fall_back(self, last_good: str) -> None:
        _log.warning("using the last good supergraph, without: %s", ", ".join(self.missing) or "-")
        refused = await self._offer(last_good)
        if refused is not None and self._waiting is None:
            self._waiting, self.refused = last_good, refused

    async def _renew(self, composed: str) -> None:
        """Put it to use and keep it; what policy refuses waits for another policy."""
        refused = await self._offer(composed)
        self._waiting = None if refused is None else composed
        self.refused = refused
        if refused is None:
            _write(self._last_good, composed)

    async def _offer(self, supergraph: str) -> PolicyInvalid | None:
        return await self._tried(self.take, supergraph)

    async def _tried(
        self, take: Callable[[str], Awaitable[None]], supergraph: str
    ) -> PolicyInvalid | None:
        try:
            await take(supergraph)
        except PolicyInvalid as error:
            _log_once(self.refused, error)
            return error
        return None

    async def take(self, supergraph: str) -> None:
        """Put a supergraph to use."""
        if supergraph != self.current:
            await self._put_to_use(supergraph)

    async def _put_to_use(self, supergraph: str) -> None:
        await self._use(supergraph)
        self.current = supergraph
        self._puttings += 1


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_text(text, "utf-8")
    aside.replace(file)
