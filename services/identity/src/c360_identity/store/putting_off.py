"""What a store keeps of solves that are put off, and a view of it that stays as it is meanwhile.

An embedded store has it; a server's solves as it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, runtime_checkable

from c360_kernel.projection.port import ProjectionStore
from c360_kernel.record import RecordKey

from c360_identity.store.port import IdentityGraph


class PutOff(NamedTuple):
    """What a batch left to a later solve, as text, and its number: later ones have greater."""

    number: int
    said: str


class PuttingOffGraph(IdentityGraph, Protocol):
    """A unit of work that can also put off."""

    async def sizes(self, seeds: Collection[RecordKey], most: int) -> Mapping[RecordKey, int]:
        """How many records the customers of these seeds have, counted up to `most`."""
        ...

    async def put_off(self, said: str) -> None:
        """Leave this to a later solve."""
        ...

    async def left(self) -> Sequence[PutOff]:
        """All that was left and is not over, the oldest first."""
        ...

    async def over(self, number: int) -> None:
        """What was left up to this number is solved."""
        ...


@runtime_checkable
class PuttingOffStore(ProjectionStore[PuttingOffGraph], Protocol):
    """A store whose units can put off."""

    def view(self) -> AbstractContextManager[PuttingOffGraph]:
        """The store as it is now, whatever is committed meanwhile. Nothing may be written to it.

        Its reads never wait. Many are done a part at a time, with a `pause` in between.
        """
        ...
