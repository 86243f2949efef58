"""The queue of what a steward may have to decide, page by page, the oldest first.

A place in the queue is the stamp of an edge and how many of that stamp came before it: it names no
identifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey
from c360_kernel.stamp import is_stamp

from c360_identity.domain.evidence import EdgeState, EvidenceEdge
from c360_identity.domain.model import Observation, pair_of
from c360_identity.domain.reviews import Review, head_of, is_open
from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityDirectory

_PAGE = 200
_MOST_LOOKED_AT = 5_000


class Place(NamedTuple):
    """Where in the queue: after so many of a stamp."""

    stamp: str
    skip: int

    @classmethod
    def read(cls, text: str) -> Place:
        """The place that a cursor names. Raises `Invalid` (CURSOR_INVALID)."""
        stamp, _, skip = text.partition("-")
        if not is_stamp(stamp) or not skip.isdecimal() or len(skip) > _LONGEST_SKIP:
            raise Invalid("this is no cursor of the queue", code="CURSOR_INVALID")
        return cls(stamp, int(skip))

    def __str__(self) -> str:
        return f"{self.stamp}-{self.skip}"

    def after(self, edge: Observation) -> Place:
        """The place behind an edge that follows this place."""
        again = edge.first_seen == self.stamp
        return Place(edge.first_seen, self.skip + 1 if again else 1)


_LONGEST_SKIP = 9
BEGINNING = Place("", 0)


class ReviewQueue:
    """Reads what was refused, as far as its reader may be told of both records."""

    def __init__(self, store: IdentityDirectory) -> None:
        self._store = store

    async def page(self, after: Place, size: int) -> Sequence[Review]:
        """The next reviews, at most so many; fewer than are asked for are the last ones.

        Where nothing is left to decide for long it ends early.
        """
        found: list[Review] = []
        looked_at = 0
        while len(found) < size and looked_at < _MOST_LOOKED_AT:
            edges = await self._store.refused(after.stamp, after.skip, _PAGE)
            looked_at += len(edges)
            places = _places(after, edges)
            found += await self._reviews(edges, places)
            if len(edges) < _PAGE:
                break
            after = places[-1]
        return found[:size]

    async def _reviews(
        self, edges: Sequence[Observation], places: Sequence[Place]
    ) -> Sequence[Review]:
        heads = await self._heads(edges)
        named = {edge.record for edge in edges}.union(one for one in heads if one is not None)
        known = await self._store.records(named)
        standing = rulings(await self._store.decisions_about({edge.record for edge in edges}))
        return [
            Review(edge.record, head, _edge(edge), str(place))
            for edge, place, head in zip(edges, places, heads, strict=True)
            if head is not None
            and head in known
            and edge.record in known
            and is_open(pair_of(edge.record, head), standing)
        ]

    async def _heads(self, edges: Sequence[Observation]) -> list[RecordKey | None]:
        identifiers = {edge.identifier for edge in edges}
        carriers: dict[object, list[Observation]] = {one: [] for one in identifiers}
        for one in await self._store.observations_to(identifiers) if identifiers else ():
            carriers[one.identifier].append(one)
        return [head_of(edge, carriers[edge.identifier]) for edge in edges]


def _places(after: Place, edges: Sequence[Observation]) -> list[Place]:
    places: list[Place] = []
    for edge in edges:
        after = after.after(edge)
        places.append(after)
    return places


def _edge(edge: Observation) -> EvidenceEdge:
    kind = edge.identifier.type
    refused = EdgeState.REFUSED
    return EvidenceEdge(edge.record, edge.first_seen, kind, refused, identifier=edge.identifier)
