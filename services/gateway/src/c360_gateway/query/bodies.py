"""How large a body may be: what only asks needs less room than what writes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from c360_federation.caches import Lru
from c360_policy.control_tags import CONTROL_TAGS
from c360_policy.table import PolicyTable

_KEPT = 1_000
_MUTATIONS = "Mutation."


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Bytes of a body, by what it may do; `writes` is for whom policy lets write anything."""

    reads: int
    writes: int
    _known: Lru[Hashable, int] = field(default_factory=lambda: Lru(_KEPT), compare=False)

    def of(self, table: PolicyTable) -> int:
        """The largest body under a policy."""
        known = self._known.get(table.fingerprint)
        if known is None:
            largest = self.writes if _may_write(table) else self.reads
            known = self._known.put(table.fingerprint, largest)
        return known


def _may_write(table: PolicyTable) -> bool:
    mutations = (
        one
        for one in table.writes
        if one.startswith(_MUTATIONS) and not CONTROL_TAGS & table.tags[one]
    )
    return any(table.write(one).action == "allow" for one in mutations)
