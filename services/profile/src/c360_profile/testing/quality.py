"""What a store counts of the quality of data, and what plainly counting its records gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from c360_kernel.record import RecordKey

from c360_profile.domain.customer import belonging
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.quality.cells import (
    PARTS,
    SOURCES,
    STANDING,
    Cell,
    Cells,
    days_cell,
    source_cell,
    values_cell,
)
from c360_profile.domain.quality.crossings import Bounds
from c360_profile.domain.quality.recount import Counting, recounted
from c360_profile.domain.quality.rules import QualityRules
from c360_profile.domain.quality.tally import Tally, tally_of
from c360_profile.store.port import ProfileReader


async def kept_cells(store: ProfileReader) -> dict[str, Cell]:
    """All that a store counts."""
    return await _all_cells(Cells(store.cells))


async def plain_cells(
    store: ProfileReader,
    rules: GoldenRules,
    keys: Collection[RecordKey],
    customers: Collection[str],
) -> dict[str, Cell]:
    """The same, counted in one go from the records that the store has."""
    quality = QualityRules(rules)
    linked = await store.linked(customers)
    records = await store.records(keys)
    own = {name: belonging(name, linked.get(name, ())) for name in customers}
    counting = Counting(
        {str(key): quality.record(one) for key, one in records.items()},
        {name: quality.customer(some, {}) for name, some in own.items()},
    )
    cells = Cells(_nothing)
    await recounted(counting, {}, cells)
    return await _all_cells(cells)


async def kept_tally(store: ProfileReader, rules: GoldenRules, today: int) -> Tally:
    """What a store counts of all sources, as of a day."""
    cells = Cells(store.cells)
    await cells.load((SOURCES,))
    return await tally_of(cells, cells[SOURCES], Bounds(rules.catalog).stale, today)


async def standing(store: ProfileReader) -> set[str]:
    """What is beyond its bound, by source, trait and measure."""
    cells = Cells(store.cells)
    await cells.load((STANDING,))
    return {name for name, (_, is_beyond) in cells[STANDING].items() if is_beyond}


async def _all_cells(cells: Cells) -> dict[str, Cell]:
    await cells.load((SOURCES,))
    found = {SOURCES: cells[SOURCES]}
    for source in cells[SOURCES]:
        await cells.load((source_cell(source),))
        held = found[source_cell(source)] = cells[source_cell(source)]
        names = [days_cell(source, int(block)) for block in held.get("blocks", {})]
        names += [
            values_cell(source, name, part)
            for name in held.get("traits", {})
            for part in range(PARTS)
        ]
        await cells.load(names)
        found |= {name: cells[name] for name in names if cells[name]}
    return found


async def _nothing(names: Collection[str]) -> Mapping[str, str]:
    return {}
