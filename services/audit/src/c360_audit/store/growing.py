"""How trees grow with a batch: what stands where, and what is appended."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.errors import Unusable

from c360_audit.domain.merkle.tiles import Edge, Growth
from c360_audit.domain.placed_entry import ABSENT, PlacedEntry

logger = logging.getLogger(__name__)


def by_partition(placed: Iterable[PlacedEntry]) -> Mapping[int, Sequence[PlacedEntry]]:
    """What stands in each partition, by offset."""
    found: dict[int, list[PlacedEntry]] = {}
    for one in sorted(placed, key=lambda one: one.place):
        found.setdefault(one.place.partition, []).append(one)
    return found


def grown(edge: Edge, placed: Sequence[PlacedEntry]) -> Growth | None:
    """The tree after these; None when it has them all: they were handled before.

    A tree may begin with places whose entries the log holds no more; they have a leaf that says
    so. Raises `Unusable` (TREE_DAMAGED) for a gap later on: what stood there was handled, and the
    tree does not know it.
    """
    fresh = [one for one in placed if one.place.offset >= edge.size]
    if not fresh:
        return None
    if edge.size and fresh[0].place.offset > edge.size:
        raise Unusable(
            f"the tree over partition {fresh[0].place.partition} lacks entries that were handled",
            code="TREE_DAMAGED",
        )
    first = fresh[0].place
    if first.offset > edge.size:
        message = "LEAVES_LOST: the log has no entries of audit/%d before %d, and this store is new"
        logger.warning(message, first.partition, first.offset)
    return edge.grown(_leaves(edge.size, fresh))


def _leaves(size: int, fresh: Sequence[PlacedEntry]) -> Iterable[bytes]:
    following = size
    for one in fresh:
        offset = one.place.offset
        if offset < following:
            continue
        yield from (ABSENT for _ in range(following, offset))
        yield one.leaf_hash
        following = offset + 1
