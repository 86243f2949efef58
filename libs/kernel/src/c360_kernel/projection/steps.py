"""Work on one entry that goes on after its unit, step by step, with other entries in between.

What is left to do is in the store, written with the entry that asked for it, so that a kill loses
nothing: whoever comes next does it before it takes an entry. The progress of the entry is told when
all that it caused is in the log.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Coroutine, Generator, Mapping
from dataclasses import dataclass
from types import coroutine
from typing import Any, Generic, TypeVar

from c360_kernel.log.entry import Partition

_NOTHING: Mapping[Partition, int] = {}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What something came to."""

    value: T


class NoSteps:
    """Of a projection that does all that an entry asks for in its unit."""

    @property
    def waits(self) -> bool:
        """Whether something is left to do."""
        return False

    @property
    def held(self) -> Mapping[Partition, int]:
        """From which offsets on entries are taken, and not all that they ask for is done."""
        return _NOTHING

    @property
    def stamps(self) -> Collection[str]:
        """The stamps of entries that cause very much, for `Slices`."""
        return ()

    @property
    def fails(self) -> bool:
        """Whether what is left failed, and waits to be tried again."""
        return False

    async def step(self) -> None:
        """Do a little of what is left, if anything is."""

    async def finish(self) -> None:
        """Do all of it, or as much as does not fail."""

    def release(self) -> None:
        """All that was done is in the log."""

    def close(self) -> None:
        """Let go what was opened; what is left stays so."""


@coroutine
def pause() -> Generator[None, None, None]:
    """Awaited by work that is done by `Turns`: here it may stop for a while."""
    yield


class Turns(Generic[T]):
    """A coroutine that never waits for anything but its turn."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work

    def go_on(self, seconds: float) -> Done[T] | None:
        """Let it work for about so long; what it came to, once it is done. Raises what it does."""
        until = time.monotonic() + seconds
        try:
            while True:
                self._work.send(None)
                if time.monotonic() >= until:
                    return None
        except StopIteration as end:
            return Done(end.value)

    def close(self) -> None:
        """Leave it."""
        self._work.close()
