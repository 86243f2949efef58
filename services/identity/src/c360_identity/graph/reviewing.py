"""The queue of what a steward may have to decide, page by page: refused evidence, the oldest
first, then pairs that are alike but not enough, the oldest first. Two customers are in it once, by
the strongest of what is between them.

A place in the queue is the stamp of an edge and how many of that stamp came before it: it names no
identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.errors import Invalid
from c360_kernel.evidence.model import Pair
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import RecordKey
from c360_kernel.stamp import is_stamp

from c360_identity.domain.evidence import EdgeState, EvidenceEdge
from c360_identity.domain.matched import ScoreReader
from c360_identity.domain.model import Observation
from c360_identity.domain.reviews import Review, head_of
from c360_identity.graph.alike import AlikeAnswers
from c360_identity.graph.strongest import StrongestReviews
from c360_identity.store.port import IdentityDirectory

_PAGE = 200
_MOST_LOOKED_AT = 5_000


class Place(NamedTuple):
    """Where in the queue: after so many of a stamp. Pairs that are merely alike come last."""

    stamp: str
    skip: int
    is_alike: bool = False

    @classmethod
    def read(cls, text: str) -> Place:
        """The place that a cursor names. Raises `Invalid` (CURSOR_INVALID)."""
        stamp, _, rest = text.partition("-")
        skip, dash, alike = rest.partition("-")
        if (dash != "") != (alike == _ALIKE) or alike not in ("", _ALIKE):
            raise Invalid("this is no cursor of the queue", code="CURSOR_INVALID")
        if not is_stamp(stamp) or not skip.isdecimal() or len(skip) > _LONGEST_SKIP:
            raise Invalid("this is no cursor of the queue", code="CURSOR_INVALID")
        return cls(stamp, int(skip), is_alike=alike == _ALIKE)

    def __str__(self) -> str:
        return f"{self.stamp}-{self.skip}" + (f"-{_ALIKE}" if self.is_alike else "")

    def after(self, stamp: str) -> Place:
        """The place behind what follows this place and has a stamp."""
        again = stamp == self.stamp
        return Place(stamp, self.skip + 1 if again else 1, self.is_alike)


_ALIKE = "alike"
_LONGEST_SKIP = 9
BEGINNING = Place("", 0)
ALIKE = Place("", 0, is_alike=True)


class ReviewQueue:
    """Reads what was refused, as far as its reader may be told of both records."""

    def __init__(
        self, store: IdentityDirectory, rules: Rules, scores: ScoreReader | None = None
    ) -> None:
        self._store = store
        self._strongest = StrongestReviews(store, rules)
        self._alike = AlikeAnswers(store, scores)

    async def page(self, after: Place, size: int) -> Sequence[Review]:
        """The next reviews, at most so many; fewer than are asked for are the last ones.

        Where nothing is left to decide for long it ends early.
        """
        found = [] if after.is_alike else await self._refused(after, size)
        if len(found) < size:
            found += await self._doubtful(after if after.is_alike else ALIKE, size - len(found))
        return found[:size]

    async def _refused(self, after: Place, size: int) -> list[Review]:
        found: list[Review] = []
        looked_at = 0
        while len(found) < size and looked_at < _MOST_LOOKED_AT:
            edges = await self._store.refused(after.stamp, after.skip, _PAGE)
            looked_at += len(edges)
            places = _places(after, [edge.first_seen for edge in edges])
            found += await self._strongest.among(await self._reviews(edges, places))
            if len(edges) < _PAGE:
                break
            after = places[-1]
        return found

    async def _doubtful(self, after: Place, size: int) -> list[Review]:
        """Pairs in the grey zone, of two customers that nobody has ruled on."""
        found: list[Review] = []
        looked_at = 0
        while len(found) < size and looked_at < _MOST_LOOKED_AT:
            pairs = await self._store.doubtful(after.stamp, after.skip, _PAGE)
            looked_at += len(pairs)
            places = _places(after, [one.since for one in pairs])
            by_pair = {one.pair: str(place) for one, place in zip(pairs, places, strict=True)}
            found += await self._strongest.among(await self._alike_reviews(by_pair))
            if len(pairs) < _PAGE:
                break
            after = places[-1]
        return found

    async def _alike_reviews(self, places: Mapping[Pair, str]) -> list[Review]:
        edges = await self._alike.edges_of(places)
        reviews = [
            Review(edge.record, edge.other, edge, places[edge.record, edge.other])
            for edge in edges
            if edge.other is not None and edge.state is EdgeState.REFUSED
        ]
        order = {place: number for number, place in enumerate(places.values())}
        return sorted(reviews, key=lambda one: order[one.place])

    async def _reviews(
        self, edges: Sequence[Observation], places: Sequence[Place]
    ) -> Sequence[Review]:
        heads = await self._heads(edges)
        named = {edge.record for edge in edges}.union(one for one in heads if one is not None)
        known = await self._store.records(named)
        return [
            Review(edge.record, head, _edge(edge), str(place))
            for edge, place, head in zip(edges, places, heads, strict=True)
            if head is not None and head in known and edge.record in known
        ]

    async def _heads(self, edges: Sequence[Observation]) -> list[RecordKey | None]:
        identifiers = {edge.identifier for edge in edges}
        carriers: dict[object, list[Observation]] = {one: [] for one in identifiers}
        for one in await self._store.observations_to(identifiers) if identifiers else ():
            carriers[one.identifier].append(one)
        return [head_of(edge, carriers[edge.identifier]) for edge in edges]


def _places(after: Place, stamps: Iterable[str]) -> list[Place]:
    places: list[Place] = []
    for stamp in stamps:
        after = after.after(stamp)
        places.append(after)
    return places


def _edge(edge: Observation) -> EvidenceEdge:
    kind = edge.identifier.type
    refused = EdgeState.REFUSED
    return EvidenceEdge(edge.record, edge.first_seen, kind, refused, identifier=edge.identifier)
