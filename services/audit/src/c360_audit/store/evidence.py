"""The port of what a store holds, for whoever checks it against itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from c360_audit.domain.placed_entry import Place
from c360_audit.store.trees import AuditTrees


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A kept operation: where the tree says that it stands, and what is wrong with it.

    `faults` name what questions are answered by that does not follow from its payload.
    """

    number: int
    entry_id: str
    place: Place | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """How much there is of one partition: tiles by their level, and what is left of entries."""

    tiles: Mapping[int, int]
    placed: int


class Stray(NamedTuple):
    """Something that operations are found by and none says, and the place of the one it is at."""

    message: str
    place: Place | None = None


class AuditEvidence(Protocol):
    """All that is kept, as it was at one moment where the store can hold it still."""

    @property
    def trees(self) -> AuditTrees:
        """The trees at that moment."""
        ...

    async def positions(self) -> Mapping[int, int]:
        """The next offset to handle, by partition."""
        ...

    async def held(self) -> Mapping[int, Held]:
        """How much there is of each partition that anything is kept of."""
        ...

    async def rows(self, after: int, limit: int) -> Sequence[KeptRow]:
        """At most `limit` kept operations numbered above `after`, by number."""
        ...

    async def strays(self) -> Sequence[Stray]:
        """What questions are answered by and no kept operation says, or the other way about.

        Asked once `rows` were all read.
        """
        ...
