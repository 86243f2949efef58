"""What is beyond a bound of the catalog, and when that begins and ends.

It depends on nothing but what is counted and the day that it is, so that whoever derives the same
records comes to the same, by whatever way. How often a measure crossed its bound on the way there
depends on how often one looked: after each batch of entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from c360_kernel.catalog.model import QUALITY_MEASURES, Catalog

from c360_profile.domain.quality.cells import BOUNDS, SOURCES, STANDING, Cell, Cells
from c360_profile.domain.quality.tally import Tally, tally_of

_TIMED = frozenset({"timeliness", "drift"})
"""Measures that change by themselves, as days go by."""


class Breach(NamedTuple):
    """A measure that is beyond what the catalog says of the trait."""

    source: str
    trait: str
    measure: str


class Crossing(NamedTuple):
    """A measure that went beyond its bound, or came back; `counter` counts how often it did either.

    Both numbers are None where there is nothing left to measure, or no bound any more.
    """

    breach: Breach
    counter: int
    is_beyond: bool
    value: float | None = None
    bound: float | None = None


class Bounds:
    """The bounds of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.stale: Mapping[str, int | None] = {
            name: one.stale_days for name, one in catalog.sources.items()
        }
        self._bounds = {n: one.quality for n, one in catalog.traits.items() if one.quality}
        self.are_timed = any(not _TIMED.isdisjoint(one) for one in self._bounds.values())

    @property
    def text(self) -> str:
        """Names them: other bounds, another text."""
        bounds = sorted((name, sorted(one.items())) for name, one in self._bounds.items())
        return repr((bounds, sorted(self.stale.items()))) if bounds else ""

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._bounds)

    def breaches(self, tally: Tally) -> list[Breach]:
        """What is beyond its bound, by source and trait."""
        return [one for one, value, bound in self._measured(tally) if _is_beyond(one, value, bound)]

    def _measured(self, tally: Tally) -> Iterator[tuple[Breach, float | None, float]]:
        for source, trait in sorted(tally.traits):
            bounds = self._bounds.get(trait, {})
            measures = tally.measures(source, trait) if bounds else None
            for measure, bound in bounds.items():
                yield Breach(source, trait, measure), getattr(measures, measure), bound

    async def crossed(
        self,
        cells: Cells,
        today: int,
        sources: Collection[str] | None,
        told: Collection[Breach] | None = None,
    ) -> list[Crossing]:
        """What crossed its bound in these sources, None: in any; the cells say what stands then.

        `told` is what is beyond its bound by what was told last, where others may have told it.
        """
        await cells.load((STANDING, SOURCES))
        standing = cells[STANDING]
        if told is not None:
            _take_up(standing, told)
        looked_at = cells[SOURCES].keys() if sources is None else sources
        tally = await tally_of(cells, looked_at, self.stale, today)
        now = {one: (value, bound) for one, value, bound in self._measured(tally)}
        beyond = {one for one, said in now.items() if _is_beyond(one, *said)}
        was = {one for one in _standing(standing) if sources is None or one.source in sources}
        return [
            _cross(standing, one, one in beyond, *now.get(one, (None, None)))
            for one in sorted(beyond ^ was)
        ]

    async def are_noted(self, cells: Cells) -> bool:
        """Whether all sources were looked at by these very bounds."""
        await cells.load((BOUNDS,))
        return cells[BOUNDS].get("text", "") == self.text

    async def note(self, cells: Cells) -> None:
        """All sources were."""
        await cells.load((BOUNDS,))
        cells[BOUNDS].clear()
        if self.text:
            cells[BOUNDS]["text"] = self.text


def _take_up(cell: Cell, told: Collection[Breach]) -> None:
    for one in {*map(_breach, cell), *told}:
        name = "/".join(one)
        cell[name] = [cell.get(name, (0,))[0], one in told]


def _breach(name: str) -> Breach:
    return Breach(*name.split("/"))


def _standing(cell: Cell) -> Iterator[Breach]:
    """What was beyond its bound when it was looked at last."""
    for name, (_, is_beyond) in cell.items():
        if is_beyond:
            yield _breach(name)


def _cross(
    standing: Cell, one: Breach, is_beyond: bool, value: float | None, bound: float | None
) -> Crossing:
    name = "/".join(one)
    counter = standing.get(name, (0,))[0] + 1
    standing[name] = [counter, is_beyond]
    return Crossing(one, counter, is_beyond, value, bound)


def _is_beyond(one: Breach, value: float | None, bound: float) -> bool:
    if value is None:
        return False
    return value > bound if QUALITY_MEASURES[one.measure] == "most" else value < bound
