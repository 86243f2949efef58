"""One tree: what was signed of it, its hashes, and the entries in the log and in the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.errors import Invalid
from c360_kernel.log.port import EventLog

from c360_audit.domain.findings import Finding, Kind, Part, at
from c360_audit.domain.merkle.tiles import HEIGHT, WIDTH, Edge, TileName
from c360_audit.domain.placed_entry import ABSENT
from c360_audit.domain.trimmed import Trimmed
from c360_audit.store.reading import read_audited
from c360_audit.store.trees import AuditTrees
from c360_audit.store.verifying.anchors import STORE, Anchor
from c360_audit.store.verifying.hashes import STRETCH, Stretch, read_stretch

_UNKNOWN = bytes(32)


@dataclass(frozen=True, slots=True)
class Kept:
    """What may be gone: `gone` as it was signed; before `log_before` (ms UTC) the log lets go."""

    gone: Trimmed
    log_before: int


class PartitionCheck:
    """Walks a tree from its first leaf to the last one that a checkpoint covers.

    The hashes that the tree holds are believed as far as they make the roots that were signed.
    Where they do not, those of the log and of the store are tried; where nothing does, what is
    wrong is somewhere between two checkpoints, which is said.
    """

    def __init__(
        self,
        log: EventLog,
        trees: AuditTrees,
        partition: int,
        anchors: Sequence[Anchor],
        kept: Kept,
    ) -> None:
        self._log = log
        self._trees = trees
        self._partition = partition
        self._anchors = sorted(anchors, key=lambda one: one.checkpoint.size)
        self._kept = kept
        self._reached = 0
        self._edge = Edge(0, {})
        self._tiles: dict[TileName, bytes] = {}
        self._lost_at: int | None = None
        self._strangers: dict[bytes, list[tuple[Part, int]]] = {}
        self._waiting = Stretch()
        self.findings: list[Finding] = []
        self.more: list[Finding] = []
        """Tiles that are longer than the tree: found wrong, unless it has grown meanwhile."""
        self.absent = 0
        """How many leaves say, from the first on, that the log had not their entries any more."""
        self.former: list[Anchor] = []
        """Checkpoints from elsewhere that are perhaps of the tree that was there before this."""
        self.placed = 0
        """How many entries the store has anything of, within the tree."""

    async def run(self, size: int) -> None:
        """Check the first `size` leaves, which the newest checkpoint of the store covers."""
        for first in range(0, size, STRETCH):
            end = min(first + STRETCH, size)
            self._gather(await read_stretch(self._log, self._trees, self._partition, first, end))
            while self._reached < len(self._anchors):
                anchor = self._anchors[self._reached]
                if anchor.checkpoint.size > end:
                    break
                self._reached += 1
                self._reach(anchor)
        self._beyond(size)
        await self._check_tiles()
        await self._place_strangers(size)

    def _gather(self, stretch: Stretch) -> None:
        for name in ("tree", "log", "store", "entries", "placed"):
            getattr(self._waiting, name).update(getattr(stretch, name))
        self._waiting.lost |= stretch.lost
        self.placed += len(stretch.placed)
        for name in stretch.long:
            self._find_more(name)

    def _reach(self, anchor: Anchor) -> None:
        checkpoint = anchor.checkpoint
        if self._lost_at is not None:
            if checkpoint.size > self._lost_at:
                self._compare(
                    self._lost_at,
                    checkpoint.size,
                    self._held("tree", self._lost_at, checkpoint.size),
                )
                self._lost_at = checkpoint.size
            return
        first = self._edge.size
        if checkpoint.size == first:
            if self._edge.root() == checkpoint.root:
                return
            if anchor.source != STORE and self._begins_absent:
                self.former.append(anchor)
            else:
                self._differs(anchor, first, first)
            return
        for leaves in self._candidates(first, checkpoint.size):
            edge = self._edge.copy()
            growth = edge.grown(leaves.values())
            if growth.root == checkpoint.root:
                self._edge = edge
                above = {name: held for name, held in growth.tiles.items() if name.level}
                self._tiles |= above
                self._compare(first, checkpoint.size, leaves)
                return
        if anchor.source != STORE and self._begins_absent:
            self.former.append(anchor)
            return
        self._differs(anchor, first, checkpoint.size)
        self._lost_at = first
        self._reach(anchor)

    @property
    def _begins_absent(self) -> bool:
        return bool(self.absent) or self._waiting.tree.get(0) == ABSENT

    def _candidates(self, first: int, end: int) -> Iterator[Mapping[int, bytes]]:
        """What the leaves may have been: as the tree has them, as most have them, as one has."""
        tree = self._held("tree", first, end)
        yield tree
        log, store = self._held("log", first, end), self._held("store", first, end)
        yield {at: _most(tree[at], log[at], store[at]) for at in range(first, end)}
        for held in (log, store):
            yield {at: tree[at] if held[at] == _UNKNOWN else held[at] for at in range(first, end)}

    def _held(self, part: str, first: int, end: int) -> dict[int, bytes]:
        held: Mapping[int, bytes] = getattr(self._waiting, part)
        return {offset: held.get(offset, _UNKNOWN) for offset in range(first, end)}

    def _differs(self, anchor: Anchor, first: int, end: int) -> None:
        message = f"what stands here is not what {anchor.source} says was signed, of {end} entries"
        last = max(first, end - 1)
        self.findings.append(
            Finding("changed", "checkpoint", self._partition, first, last, message)
        )

    def _compare(self, first: int, end: int, true: Mapping[int, bytes]) -> None:
        """Hold what each has of these offsets against the hashes that are believed."""
        waiting = self._waiting
        for offset in range(first, end):
            leaf = true[offset]
            if leaf == ABSENT and offset == self.absent:
                self.absent += 1
            self._compare_tree(offset, leaf)
            self._compare_log(offset, leaf)
            self._compare_store(offset, leaf)
            for held in (waiting.tree, waiting.log, waiting.store):
                held.pop(offset, None)
            for other in (waiting.entries, waiting.placed):
                other.pop(offset, None)
            waiting.lost.discard(offset)

    def _compare_tree(self, offset: int, leaf: bytes) -> None:
        held = self._waiting.tree.get(offset)
        if held is None:
            self._find("removed", "tree", offset, "its hash is gone")
        elif held != leaf:
            self._find("changed", "tree", offset, "its hash is another")

    def _compare_log(self, offset: int, leaf: bytes) -> None:
        held = self._waiting.log.get(offset)
        if held is None:
            if leaf != ABSENT and not self._may_be_gone_from_log(offset):
                self._find("removed", "log", offset, "the log has no such entry")
        elif held != leaf:
            self._stranger("log", offset, held)

    def _compare_store(self, offset: int, leaf: bytes) -> None:
        held = self._waiting.store.get(offset)
        if held == leaf:
            if offset in self._waiting.lost:
                self._find("changed", "store", offset, "its entry has another id than its leaf")
            return
        if held is not None:
            self._stranger("store", offset, held)
        elif leaf != ABSENT and not self._may_be_gone_from_store(offset):
            self._find("removed", "store", offset, "the store has no such entry")

    def _may_be_gone_from_log(self, offset: int) -> bool:
        if offset < self._kept.gone.offsets.get(self._partition, 0):
            return True
        time = self._waiting.time(offset) if offset in self._waiting.store else None
        return time is not None and time < self._kept.log_before

    def _may_be_gone_from_store(self, offset: int) -> bool:
        if offset < self._kept.gone.offsets.get(self._partition, 0):
            return True
        entry = self._waiting.entries.get(offset)
        if entry is None:
            return False
        try:
            return read_audited(entry.id, entry.data).operation.at < self._kept.gone.before
        except Invalid:
            return entry.time < self._kept.gone.before

    def _stranger(self, part: Part, offset: int, held: bytes) -> None:
        self._strangers.setdefault(held, []).append((part, offset))

    async def _place_strangers(self, size: int) -> None:
        """What belongs elsewhere was reordered; what belongs nowhere was changed."""
        homes = await self._homes(size)
        for held, places in self._strangers.items():
            home = homes.get(held)
            for part, offset in places:
                if home is None:
                    self._find("changed", part, offset, "it says otherwise than what was signed")
                else:
                    self._find("reordered", part, offset, "it holds what belongs elsewhere")

    async def _homes(self, size: int) -> Mapping[bytes, int]:
        found: dict[bytes, int] = {}
        if not self._strangers:
            return found
        for first in range(0, -(-size // WIDTH), STRETCH):
            names = [TileName(0, first + more) for more in range(STRETCH)]
            for name, hashes in (await self._trees.tiles(self._partition, names)).items():
                for nth, one in enumerate(hashes[i : i + 32] for i in range(0, len(hashes), 32)):
                    if one in self._strangers:
                        found[one] = name.number * WIDTH + nth
        return found

    def _beyond(self, size: int) -> None:
        for anchor in self._anchors:
            if anchor.checkpoint.size > size:
                message = f"{anchor.source} says that so many were signed"
                last = anchor.checkpoint.size - 1
                self.findings.append(
                    Finding("removed", "checkpoint", self._partition, size, last, message)
                )

    async def _check_tiles(self) -> None:
        """Nodes above the leaves, which proofs are made of."""
        above = sorted(self._tiles)
        for first in range(0, len(above), STRETCH):
            names = above[first : first + STRETCH]
            held = await self._trees.tiles(self._partition, names)
            for name in names:
                wanted = self._tiles[name]
                if held.get(name, b"")[: len(wanted)] != wanted:
                    self._find_node(name)
                elif len(held[name]) > len(wanted):
                    self._find_more(name)

    def _find_node(self, name: TileName) -> None:
        span = WIDTH << (HEIGHT * name.level)
        first = name.number * span
        message = f"nodes of height {HEIGHT * name.level} are not what they have to be"
        self.findings.append(
            Finding("changed", "tree", self._partition, first, first + span - 1, message)
        )

    def _find_more(self, name: TileName) -> None:
        span = WIDTH << (HEIGHT * name.level)
        message = f"there are more nodes of height {HEIGHT * name.level} than entries have"
        first, last = name.number * span, (name.number + 1) * span - 1
        self.more.append(Finding("forged", "tree", self._partition, first, last, message))

    def _find(self, kind: Kind, part: Part, offset: int, message: str) -> None:
        self.findings.append(at(kind, part, self._partition, offset, message))


def _most(tree: bytes, log: bytes, store: bytes) -> bytes:
    return log if log == store != _UNKNOWN else tree
