"""Replacing the supergraph while requests are being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from c360_federation.engine import Engine
from c360_federation.errors import RequestRefused
from c360_federation.policy import OPEN, Policy

PolicyOf: TypeAlias = Callable[[Engine, Hashable], Policy | None]
"""The policy of a key for a new engine; None when the key means nothing any more."""


@dataclass(frozen=True, slots=True)
class Reload:
    """How many operations were planned ahead, and how many the new supergraph turns down."""

    warmed: int
    refused: int


def only_open(engine: Engine, key: Hashable) -> Policy | None:
    """Know no policy but the open one."""
    del engine
    return OPEN if key == OPEN.key else None


class FileWatch:
    """Tells whether files are others than before, by what the file system says of them.

    That also notices a link that was turned to other files, as mounted configuration does.
    """

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._seen: list[tuple[str, int, int, int]] | None = None

    def changed(self) -> bool:
        """Whether something changed since the last call; true at the first one."""
        seen = [mark for file in self._files() if (mark := _mark(file)) is not None]
        before, self._seen = self._seen, seen
        return seen != before


def _mark(file: Path) -> tuple[str, int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return (str(file), found.st_mtime_ns, found.st_size, found.st_ino)


class EngineSwap:
    """Holds the engine of the moment.

    Whoever answers a request takes `current` once and stays with it, so that nothing is dropped:
    an engine is gone when its last request and its last subscription are.
    """

    def __init__(
        self,
        build: Callable[[str], Engine],
        supergraph: str,
        policy_of: PolicyOf = only_open,
        warm_up: int = 500,
    ) -> None:
        self._build = build
        self._policy_of = policy_of
        self._warm_up = warm_up
        self._turn = asyncio.Lock()
        self.current = build(supergraph)

    async def replace(self, supergraph: str) -> Reload:
        """Build an engine, plan what was asked last, then put it in place.

        A supergraph that cannot be used raises and changes nothing.
        """
        async with self._turn:
            engine = await asyncio.to_thread(self._build, supergraph)
            reload = await self._warm(engine)
            self.current = engine
            return reload

    async def _warm(self, engine: Engine) -> Reload:
        warmed = refused = 0
        for operation in self.current.recent(self._warm_up):
            policy = self._policy_of(engine, operation.policy_key)
            if policy is None:
                continue
            try:
                engine.warm(operation, policy)
                warmed += 1
            except RequestRefused:
                refused += 1
            # Requests go first.
            await asyncio.sleep(0)
        return Reload(warmed, refused)
