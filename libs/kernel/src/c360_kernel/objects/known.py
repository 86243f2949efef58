"""Objects: what is no person, and what events refer to by its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.record import TraitValue

_NOTHING: Mapping[str, TraitValue] = {}


class ObjectName(NamedTuple):
    """Names one object for ever: its type, and its key among those of the type."""

    type: str
    key: str


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What is said of an object: of all that sources say the last observed holds, as a whole.

    That it is deleted is kept, too, so that what was observed before stays without effect.
    """

    name: ObjectName
    source: str
    observed_at: int
    stamp: str
    deleted: bool = False
    properties: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)

    def outranks(self, other: KnownObject | None) -> bool:
        """True if this holds and not the other: observed later, or stamped later."""
        if other is None:
            return True
        return (self.observed_at, self.stamp) > (other.observed_at, other.stamp)

    def says_otherwise(self, other: KnownObject | None) -> bool:
        """Whether somebody who reads it reads something else."""
        before = _NOTHING if other is None else other.properties
        return self.properties != before


def last_observed(said: Iterable[KnownObject]) -> dict[ObjectName, KnownObject]:
    """Of each object what holds."""
    found: dict[ObjectName, KnownObject] = {}
    for one in said:
        if one.outranks(found.get(one.name)):
            found[one.name] = one
    return found
