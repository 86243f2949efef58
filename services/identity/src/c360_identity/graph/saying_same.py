"""What a steward's `same` did: joined the two, or was taken and joined nobody, and why.

A decision holds whether it has an effect or not, and so may have one later: a limit is raised, a
record comes in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from c360_kernel.evidence.model import Pair
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import SourceRecord
from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityDirectory


class Hindrance(Enum):
    """Why a `same` joins nobody."""

    LIMIT = "LIMIT"
    """Together they would hold more of a type than one customer may."""
    STEWARD = "STEWARD"
    """It is said of records of the two that they are not the same."""
    OVERRULED = "OVERRULED"
    """Another decision on the two holds."""
    UNKNOWN = "UNKNOWN"
    """One of the two is not there, or is deleted."""


@dataclass(frozen=True, slots=True)
class SaidSame:
    """Whether the two are one customer, and what hinders it; `by` is the type of a limit."""

    hindrance: Hindrance | None = None
    by: str = ""

    @property
    def together(self) -> bool:
        """Whether they are one customer."""
        return self.hindrance is None


async def said_same(
    store: IdentityDirectory, rules: Rules, pairs: Collection[Pair]
) -> Mapping[Pair, SaidSame]:
    """What a `same` of each of these pairs did."""
    keys = {key for pair in pairs for key in pair}
    records = await store.records(keys)
    found = {pair: _told(pair, records) for pair in pairs}
    apart = [pair for pair, one in found.items() if one is None]
    if apart:
        standing = rulings(await store.decisions_about({key for pair in apart for key in pair}))
        seeds = {pair: _seeds(pair, records) for pair in apart}
        held = await store.identifiers_of({one for both in seeds.values() for one in both})
        for pair in apart:
            said = standing.get(pair)
            if said is None or said.kind != "same":
                found[pair] = SaidSame(Hindrance.OVERRULED)
            else:
                found[pair] = _hindered([held.get(seed, ()) for seed in seeds[pair]], rules)
    return {pair: one for pair, one in found.items() if one is not None}


def _told(pair: Pair, records: Mapping[RecordKey, SourceRecord]) -> SaidSame | None:
    """What the records alone tell; None where it has to be looked for."""
    seeds = _seeds(pair, records)
    if len(seeds) < len(pair):
        return SaidSame(Hindrance.UNKNOWN)
    return SaidSame() if seeds[0] == seeds[1] else None


def _seeds(pair: Pair, records: Mapping[RecordKey, SourceRecord]) -> Sequence[RecordKey]:
    found = (records[key].seed for key in pair if key in records)
    return [seed for seed in found if seed is not None]


def _hindered(held: Sequence[Collection[Identifier]], rules: Rules) -> SaidSame:
    """A limit, else a steward: nothing else refuses a `same` of two that are there."""
    for name in sorted(rules.limits, key=lambda one: (rules.tier(one), one)):
        limit = rules.limits[name]
        mine, theirs = ({one.value for one in ones if one.type == name} for ones in held)
        if mine and theirs and len(mine | theirs) > limit:
            return SaidSame(Hindrance.LIMIT, name)
    return SaidSame(Hindrance.STEWARD)
