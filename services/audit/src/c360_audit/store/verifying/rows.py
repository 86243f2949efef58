"""What questions are answered by: each operation has its leaf, and says what its payload says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_audit.domain.findings import Finding, at
from c360_audit.store.evidence import AuditEvidence, KeptRow, Stray

_PAGE = 2_000


class RowsCheck:
    """Walks the kept operations by number. Within a partition numbers go with places."""

    def __init__(self, evidence: AuditEvidence, sizes: Mapping[int, int]) -> None:
        self._evidence = evidence
        self._sizes = sizes
        self._last: dict[int, tuple[int, int]] = {}
        self.count = 0

    async def run(self) -> Sequence[Finding]:
        """Check all of them."""
        found: list[Finding] = []
        after = -(2**62)
        while page := await self._evidence.rows(after, _PAGE):
            for row in page:
                found += self._check(row)
            self.count += len(page)
            after = page[-1].number
        return [*found, *map(_stray, await self._evidence.strays())]

    def _check(self, row: KeptRow) -> Sequence[Finding]:
        if row.place is None:
            message = f"operation {row.number} has no leaf"
            return [Finding("forged", "rows", None, None, None, message)]
        part, offset = row.place
        if offset >= self._sizes.get(part, 0):
            return [
                at("unsigned", "rows", part, offset, f"no checkpoint covers operation {row.number}")
            ]
        found = [
            at("changed", "rows", part, offset, f"operation {row.number} has another {fault}")
            for fault in row.faults
        ]
        before, number = self._last.get(part, (-1, -1))
        if offset < before:
            message = f"operation {row.number} comes after operation {number}"
            found.append(at("reordered", "rows", part, offset, message))
        self._last[part] = (offset, row.number)
        return found


def _stray(one: Stray) -> Finding:
    message = f"{one.message}: what is kept to find it by is not what it says"
    if one.place is None:
        return Finding("forged", "rows", None, None, None, message)
    return at("changed", "rows", *one.place, message)
