"""Replacing the supergraph while requests are being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from logging import getLogger
from pathlib import Path
from typing import TypeAlias

from c360_federation.answers import Remembered
from c360_federation.engine import Engine
from c360_federation.errors import FederationError, RequestRefused
from c360_federation.policy import OPEN, Policy

PolicyOf: TypeAlias = Callable[[Engine, Hashable], Policy | None]
"""The policy of a key for a new engine; None when the key means nothing any more."""
_Mark: TypeAlias = tuple[str, int, int, int, int]


WARM_UP = 500
"""How many operations are planned ahead."""
_log = getLogger(__name__)
_LOOK_AGAIN_S = 1.0


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

    That also notices a link that was turned to other files, as mounted configuration does, other
    rights, and what was written under an old time. What cannot be looked at is as good as gone.
    """

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._seen: list[_Mark] | None = None

    def changed(self) -> bool:
        """Whether something changed since the last call; true at the first one."""
        seen = [mark for file in self._files() if (mark := _mark(file)) is not None]
        before, self._seen = self._seen, seen
        return seen != before


def _mark(file: Path) -> _Mark | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return (str(file), found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


class SupergraphFile:
    """A supergraph in a file, put to use and, once the file holds another one, put to use again.

    One that cannot be used stops the start; later on it is logged, and the one before stays.
    """

    def __init__(
        self, file: Path, use: Callable[[str], Awaitable[object]], current: str | None = None
    ) -> None:
        self._file = file
        self._use = use
        self._watch = FileWatch(lambda: [file])
        self.current = current

    async def start(self) -> None:
        """Put it to use; raises OSError, UnicodeDecodeError or FederationError."""
        if self._watch.changed():
            await self._take()

    async def watch(self) -> None:
        """Look at the file every second, for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Take what the file holds now, if that is something else and can be used."""
        if self._watch.changed():
            await self._take_changed()

    async def _take_changed(self) -> None:
        try:
            await self._take()
        except (OSError, UnicodeDecodeError, FederationError) as error:
            _log.error("supergraph kept: %s: %s", self._file.name, type(error).__name__)

    async def _take(self) -> None:
        text = await asyncio.to_thread(self._file.read_text, "utf-8")
        if text != self.current:
            await self._use(text)
            self.current = text


async def warm_up(
    engine: Engine, operations: Iterable[Remembered], policy_of: PolicyOf = only_open
) -> Reload:
    """Compile operations that another engine was asked before this one is asked."""
    warmed = refused = 0
    for operation in operations:
        policy = policy_of(engine, operation.policy_key)
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
        warm_up: int = WARM_UP,
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
            recent = self.current.recent(self._warm_up)
            reload = await warm_up(engine, recent, self._policy_of)
            self.current = engine
            return reload
