"""Who meets a condition, by sets: each part is asked of everybody at once.

What a store is not asked so is left open, and so is who has events that are newer than the last
tick: their present is another one (`c360_segment.domain.timed.present`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from c360_kernel.conditions.tree import (
    EVERYBODY,
    All,
    AnyOf,
    Not,
    ValueCondition,
    leaves,
    mapped,
)
from pyroaring import FrozenBitMap

from c360_segment.domain.leaves import Condition, EventCount, Leaf, Timed, TraitTest
from c360_segment.domain.performed import Performed
from c360_segment.domain.timed.acting import Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.store.port import SegmentReader

Among = FrozenBitMap | None
"""Of whom something is asked; None: of everybody."""


class Bounds(NamedTuple):
    """Who meets a condition surely, and who may; whoever is in neither does not."""

    surely: FrozenBitMap
    maybe: FrozenBitMap


class Counted(NamedTuple):
    """So many of some events: at least (0: any number), and fewer than (None: any number)."""

    of: Performed
    least: int
    too_many: int | None
    is_timed: bool


class Sets:
    """For one question, at one present (`tick`, ms UTC). `later` have a present of their own."""

    def __init__(self, reader: SegmentReader, tick: int, later: FrozenBitMap) -> None:
        self._reader = reader
        self._tick = tick
        self._later = later

    async def of(self, condition: Condition, among: Among = None) -> Bounds:
        """Who of these meets it, be they live or not."""
        values = _values(condition)
        if values is not None:
            return _exact(await self._reader.meeting(values, among))
        match condition:
            case All(parts):
                return await self._all(parts, among)
            case AnyOf(parts):
                found = [await self.of(part, among) for part in parts]
                return Bounds(_union(b.surely for b in found), _union(b.maybe for b in found))
            case Not(part):
                everybody = await self._whole(among)
                surely, maybe = await self.of(part, everybody)
                return Bounds(everybody - maybe, everybody - surely)
            case _:
                return await self._leaf(condition, among)

    async def _all(self, parts: Sequence[Condition], among: Among) -> Bounds:
        """What is cheap and narrow first; what comes later is asked of who is left."""
        surely = among
        for part in _in_order(parts):
            found = await self.of(part, among)
            surely = found.surely if surely is None else surely & found.surely
            among = found.maybe
        return Bounds(surely or FrozenBitMap(), await self._whole(among))

    async def _leaf(self, leaf: Leaf, among: Among) -> Bounds:
        counted = _counted(leaf, self._tick)
        if counted is None:
            return Bounds(FrozenBitMap(), await self._open(leaf, among))
        found = await self._within(counted, among)
        if not counted.is_timed:
            return _exact(found)
        later = self._later if among is None else self._later & among
        return Bounds(found - later, found | later)

    async def _within(self, counted: Counted, among: Among) -> FrozenBitMap:
        of, least, too_many, _ = counted
        if least:
            found = await self._reader.performing(of, least)
            found = found if among is None else found & among
        else:
            found = await self._whole(among)
        return found if too_many is None else found - await self._reader.performing(of, too_many)

    async def _open(self, leaf: Leaf, among: Among) -> FrozenBitMap:
        """Who may meet what is not asked by sets; without links nobody acts for an account."""
        whole = await self._whole(among)
        acts = isinstance(leaf, Timed) and isinstance(leaf.over, Acting)
        return whole & await self._reader.linked() if acts else whole

    async def _whole(self, among: Among) -> FrozenBitMap:
        return await self._reader.meeting(EVERYBODY) if among is None else among


def _exact(found: FrozenBitMap) -> Bounds:
    return Bounds(found, found)


def _union(found: Iterable[FrozenBitMap]) -> FrozenBitMap:
    return FrozenBitMap().union(*found)


def _values(condition: Condition) -> ValueCondition | None:
    """The condition as one on values alone, if it is."""
    if not all(isinstance(leaf, TraitTest) and not leaf.by for leaf in leaves(condition)):
        return None
    return cast(ValueCondition, mapped(condition, _test_of))


def _test_of(leaf: Any) -> Any:  # noqa: ANN401 - the tree is one of other leaves afterwards
    return leaf.test


def _in_order(parts: Sequence[Condition]) -> Sequence[Condition]:
    """Who did something is found fastest, and who did not among those; values are read of who is
    left, in one go."""
    on_values = tuple(part for part in parts if _values(part) is not None)
    others = [part for part in parts if _values(part) is None]
    did = [part for part in others if _is_of_few(part)]
    did_not = [part for part in others if isinstance(part, Not) and _is_of_few(part.part)]
    rest = [part for part in others if part not in did and part not in did_not]
    joined = [All(on_values)] if on_values else []
    return [*did, *did_not, *joined, *rest] if did else [*joined, *did_not, *rest]


def _is_of_few(part: Condition) -> bool:
    if isinstance(part, All | AnyOf | Not):
        return False
    counted = _counted(part, 0)
    return counted is not None and counted.least > 0


def _counted(leaf: Leaf, tick: int) -> Counted | None:
    """The leaf as a number of events, if it is one."""
    match leaf:
        case EventCount(pattern, at_least, at_most):
            of = Performed(pattern.event, pattern.where)
            return Counted(of, at_least, _above(at_most), is_timed=False)
        case Timed(Measured(happening, window, "count", _, at_least, at_most)):
            if happening.source or happening.looks_through:
                return None
            of = Performed(happening.event, happening.where, window.span(tick))
            return Counted(of, math.ceil(at_least or 0), _above(at_most), is_timed=True)
        case _:
            return None


def _above(at_most: float | None) -> int | None:
    """The first number that is too many."""
    return None if at_most is None else math.floor(at_most) + 1
