"""Everything that is on record, checked: each tree, what questions are answered by, the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.signed_note import verified
from c360_kernel.signing import SigningKeys

from c360_audit.domain.findings import Finding, at, together
from c360_audit.domain.merkle.tiles import HEIGHT, WIDTH
from c360_audit.domain.trimmed import NOTHING_TRIMMED, Trimmed
from c360_audit.store.evidence import AuditEvidence, Held
from c360_audit.store.signing import STATEMENTS
from c360_audit.store.trees import KeptCheckpoint
from c360_audit.store.verifying.anchors import STORE, Anchor, Anchors
from c360_audit.store.verifying.former import Edges, Former
from c360_audit.store.verifying.partition import Kept, PartitionCheck
from c360_audit.store.verifying.rows import RowsCheck

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and of how much: entries by partition, under how many checkpoints."""

    findings: Sequence[Finding]
    sizes: Mapping[int, int]
    checkpoints: int
    rows: int

    @property
    def entries(self) -> int:
        """How many entries are under a checkpoint."""
        return sum(self.sizes.values())


async def verify(
    log: EventLog,
    evidence: AuditEvidence,
    keys: SigningKeys,
    elsewhere: Mapping[str, Iterable[str]],
    log_before: int,
    edges: Sequence[str] = (),
) -> Verdict:
    """Hold the log and what is kept against what was signed.

    `elsewhere` are checkpoints that were kept outside the store, by where that was. What the log
    has of before `log_before` (ms UTC) may be gone from it. `edges` are those of trees of
    before, by which checkpoints are checked that are older than a store that was filled anew.
    """
    return await _Verification(log, evidence, keys, log_before, edges).run(elsewhere)


class _Verification:
    def __init__(
        self,
        log: EventLog,
        evidence: AuditEvidence,
        keys: SigningKeys,
        log_before: int,
        edges: Sequence[str],
    ) -> None:
        self._log = log
        self._evidence = evidence
        self._keys = keys
        self._log_before = log_before
        self._edges = edges
        self._findings: list[Finding] = []
        self._anchors: dict[int, list[Anchor]] = {}
        self._sizes: dict[int, int] = {}
        self._checkpoints = 0

    async def run(self, elsewhere: Mapping[str, Iterable[str]]) -> Verdict:
        """Check everything."""
        origin = (await self._log.identity()).origin.log
        anchors = Anchors(self._keys, origin)
        self._known_edges = Edges(self._edges, anchors)
        held, positions = await self._evidence.held(), await self._evidence.positions()
        ends = {p.number: end for p, end in (await self._log.ends([AUDIT])).items()}
        kept = Kept(await self._gone(), self._log_before)
        parts = sorted({*ends, *held, *positions, *await self._evidence.trees.newest()})
        for part in parts:
            await self._own_anchors(anchors, part)
        for source, notes in elsewhere.items():
            self._add(anchors.of(notes, source))
        self._findings += anchors.findings
        for part in sorted({*parts, *self._anchors}):
            await self._check(part, held.get(part, Held({}, 0)), positions.get(part, 0), kept)
        rows = RowsCheck(self._evidence, self._sizes)
        self._findings += await rows.run()
        return Verdict(together(self._findings), self._sizes, self._checkpoints, rows.count)

    async def _gone(self) -> Trimmed:
        for note in await self._evidence.trees.statements():
            try:
                trimmed = Trimmed.read(verified(note, self._keys.verifiers(STATEMENTS)))
            except Invalid:
                trimmed = None
            if trimmed is not None:
                return trimmed
            lie = "a statement of what may be gone is not signed by a key that is known"
            self._findings.append(Finding("forged", "checkpoint", None, None, None, lie))
        return NOTHING_TRIMMED

    async def _own_anchors(self, anchors: Anchors, part: int) -> None:
        """Those of the store; none may be missing between its first and its last."""
        self._sizes[part] = 0
        before, above = 0, -(2**62)
        while page := await self._evidence.trees.checkpoints(part, above, _PAGE):
            for one in page:
                self._link(part, one, before)
                before = one.size
            found = anchors.of([one.note for one in page], STORE)
            self._add(found)
            for other in found.keys() - {part}:
                self._misplaced(other)
            own = [one.checkpoint.size for one in found.get(part, ())]
            self._sizes[part] = max([self._sizes[part], *own])
            self._checkpoints += len(page)
            above = page[-1].size

    def _link(self, part: int, one: KeptCheckpoint, before: int) -> None:
        if one.before != before:
            message = "the checkpoint before this one is gone"
            last = max(one.size - 1, before)
            self._findings.append(Finding("removed", "checkpoint", part, before, last, message))
        if f"\n{one.size}\n" not in one.note[:400]:
            message = "a checkpoint is kept as one of another size"
            self._findings.append(at("changed", "checkpoint", part, one.size, message))

    def _misplaced(self, part: int) -> None:
        message = "a checkpoint of this partition is kept as one of another"
        self._findings.append(Finding("changed", "checkpoint", part, None, None, message))

    def _add(self, found: Mapping[int, Sequence[Anchor]]) -> None:
        for part, anchors in found.items():
            self._anchors.setdefault(part, []).extend(anchors)

    async def _check(self, part: int, held: Held, position: int, kept: Kept) -> None:
        size = self._sizes.setdefault(part, 0)
        anchors = self._anchors.get(part, [])
        check = PartitionCheck(self._log, self._evidence.trees, part, anchors, kept)
        await check.run(size)
        self._findings += check.findings
        self._findings += await Former(
            self._evidence.trees, part, check.absent, kept.gone.offsets.get(part, 0)
        ).check(check.former, self._known_edges.of(part, check.absent))
        later = (await self._evidence.positions()).get(part, 0)
        if position == later:
            self._findings += check.more
        if not position <= size <= later:
            message = f"{position} entries are handled, {size} are signed"
            self._findings.append(at("changed", "store", part, min(position, size), message))
        if held.placed > check.placed:
            message = "the store has entries at places that are not in the tree"
            self._findings.append(Finding("forged", "store", part, None, None, message))
        self._findings += _extra_tiles(part, size, held)
        await self._unsigned(part, size)

    async def _unsigned(self, part: int, size: int) -> None:
        for entry in await self._log.read(Partition(AUDIT, part), size, _PAGE):
            message = "no checkpoint covers this entry"
            self._findings.append(at("unsigned", "log", part, entry.offset, message))


def _extra_tiles(part: int, size: int, held: Held) -> Iterable[Finding]:
    for level, count in held.tiles.items():
        wanted = -(-(size >> (HEIGHT * level)) // WIDTH) if level >= 0 else 0
        if count > wanted:
            message = f"there are nodes of height {HEIGHT * level} that no entry has"
            yield Finding("forged", "tree", part, None, None, message)
