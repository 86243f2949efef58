"""The rules of resolution: one per identifier type, from the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from c360_kernel.catalog.model import IdentifierType

CROWD = 64
"""Above so many records a guarded identifier is generic whoever they are.

It bounds how far one change can reach. Guarded customers stay under 50
records at the 99.9th percentile, so a person's own device is never a crowd.
"""


class IdentifierRule(NamedTuple):
    """Tier 0 is the strongest; `limit` bounds a customer's distinct values; `fan` the guard."""

    tier: int
    limit: int | None = None
    fan: int | None = None


@dataclass(frozen=True)
class Rules:
    """All rules of one catalog."""

    types: Mapping[str, IdentifierRule]
    crowd: int = CROWD

    @classmethod
    def of(cls, identifiers: Mapping[str, IdentifierType]) -> Rules:
        """The rules a catalog's identifier types say."""
        return cls({n: IdentifierRule(t.tier, t.limit, t.fan) for n, t in identifiers.items()})

    @cached_property
    def tiers(self) -> tuple[int, ...]:
        """The tiers in use, strongest first."""
        return tuple(sorted({rule.tier for rule in self.types.values()}))

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """The limited types and how many values of each a customer may hold."""
        return {n: rule.limit for n, rule in self.types.items() if rule.limit is not None}

    def tier(self, identifier_type: str) -> int:
        """The tier of a type."""
        return self.types[identifier_type].tier

    def over_fan(self, identifier_type: str, holders: int) -> bool:
        """Whether the guard has to look at an identifier on so many records."""
        fan = self.types[identifier_type].fan
        return fan is not None and holders > fan

    def crowded(self, identifier_type: str, holders: int) -> bool:
        """Whether an identifier on so many records is generic without looking at them."""
        fan = self.types[identifier_type].fan
        return fan is not None and holders > max(fan, self.crowd)
