"""Revisions: the states a source record was in, as its source wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from c360_kernel.record import TraitValue
from c360_kernel.revisions import holding

_NOTHING: Mapping[str, TraitValue] = {}


@dataclass(frozen=True, slots=True)
class Revision:
    """One accepted state of a source record: see `c360_kernel.revisions.State`.

    `number` is the source's own growing revision, or a time where it is not `own`; `observed_at`
    ms UTC, `traits` raw values by trait name, `content` a hash of all that the source said.
    """

    number: int
    stamp: str
    observed_at: int
    deleted: bool = False
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    own: bool = True
    content: str = ""


def known_at(revisions: Iterable[Revision], instant: int) -> Revision | None:
    """The state a source had observed by `instant` (ms UTC, inclusive), None if none yet."""
    return holding(one for one in revisions if one.observed_at <= instant)


def newest_first(revisions: Iterable[Revision]) -> list[Revision]:
    """Revisions in the order of their numbers, or of their stamps where there are two scales."""
    told = list(revisions)
    if len({one.own for one in told}) > 1:
        return sorted(told, key=lambda one: one.stamp, reverse=True)
    return sorted(told, key=lambda one: (one.number, one.stamp), reverse=True)
