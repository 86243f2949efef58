"""How far a first load is."""

from __future__ import annotations

from dataclasses import dataclass, field

from c360_kernel.log.entry import Partition, Positions

from c360_activation.domain.first_load import Scope


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """How far the log was read for a scope, and how far it is read; each by partition."""

    destination: str
    segment: str
    until: Positions
    at: Positions = field(default_factory=dict[Partition, int])

    @property
    def scope(self) -> Scope:
        """What it is of."""
        return self.destination, self.segment
