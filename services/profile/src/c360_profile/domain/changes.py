"""What differs between two golden profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from c360_kernel.record import TraitValue


class TraitChange(NamedTuple):
    """A trait whose golden value is another one; None where there is none."""

    trait: str
    before: TraitValue | None
    after: TraitValue | None


def trait_changes(
    before: Mapping[str, TraitValue], after: Mapping[str, TraitValue]
) -> list[TraitChange]:
    """By trait; a whole number that became a float is none."""
    return [
        TraitChange(name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
