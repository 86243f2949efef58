"""Data quality kept up with the records: what it costs a write, and how fast it is asked.

Generated records are folded into one embedded store, half of them customers' second ones, in units
as the service has them; then each says one trait anew. The same is done beside it without counting,
a unit of each in turn. Asked is the whole of `dataQuality`. Baseline: reading all customers and
counting what their records say.

    python benchmarks/quality.py --json --size 200000
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode, encode
from c360_kernel.context import CallerContext
from c360_kernel.log.entry import Entry, NewEntry, Partition, entry_at
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.customer import belonging
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.quality.cells import Cells
from c360_profile.domain.quality.recount import Counting, recounted
from c360_profile.domain.quality.rules import QualityRules
from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.domain.record import SourceRecord
from c360_profile.emission import Cause
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.handlers.quality import QualityCounts
from c360_profile.store.port import ProfileUnit
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.entries import assigned
from figures import latencies, options, percentile, report, told
from typing_extensions import override
from worlds import record_entries

UNIT = 2_000
ASKED = 100
PAGE = 500
ASK = """{ dataQuality { traits { source trait records filled completeness validity uniqueness
  timeliness conflicts drift breaches } } }"""


class _Uncounted(QualityCounts):
    @override
    async def recount(
        self,
        unit: ProfileUnit,
        records: Collection[SourceRecord],
        linked: Mapping[str, Sequence[SourceRecord]],
        cause: Cause,
    ) -> None:
        """Nothing."""


def _units(entries: Sequence[NewEntry], anew: bool) -> Iterator[list[Entry]]:
    """Units of records with whose they are, as they are when identity keeps up."""
    for start in range(0, len(entries), UNIT):
        unit: list[Entry] = []
        for at, entry in enumerate(entries[start : start + UNIT], start):
            record: RecordUpserted = decode(RECORDS, entry.data)
            unit.append(
                entry_at(_later(entry, record) if anew else entry, Partition(RECORDS, 0), at)
            )
            if not anew:
                unit.append(assigned(record.record, f"c{at // 2}", at=at + 1))
        yield unit


def _later(entry: NewEntry, record: RecordUpserted) -> NewEntry:
    traits = {**record.traits, "loyaltyPoints": 10_000_000}
    said = replace(record, revision=record.revision + 1_000, traits=traits)
    return replace(entry, id=f"{entry.id}+", data=encode(said))


async def _spent(store: SqliteProfileStore, handler: ProfileHandler, unit: list[Entry]) -> float:
    began = time.process_time()
    async with store.unit() as open_unit:
        await handler.handle(open_unit, unit)
    return time.process_time() - began


async def _costs(
    stores: Mapping[str, SqliteProfileStore],
    handlers: Mapping[str, ProfileHandler],
    entries: Sequence[NewEntry],
) -> Mapping[str, float]:
    """Processor time of a record, in microseconds, with counting and without."""
    costs: dict[str, float] = {}
    for name, anew in (("load", False), ("update", True)):
        spent: dict[str, list[float]] = {kind: [] for kind in stores}
        for unit in _units(entries, anew):
            for kind, store in stores.items():
                spent[kind].append(await _spent(store, handlers[kind], unit))
        # Of whole units, in the middle: what else the machine does falls on single ones.
        each = {kind: 1e6 * percentile(one, 0.5) / UNIT for kind, one in spent.items()}
        costs |= {
            f"{name}_us": each["counted"],
            f"{name}_counting_us": each["counted"] - each["bare"],
        }
    return costs


async def _everybody(store: SqliteProfileStore) -> AsyncIterator[Sequence[SourceRecord]]:
    after: Place | None = None
    while customers := await store.page(CustomerQuery(after=after), PAGE):
        linked = await store.linked([one.id for one in customers])
        for one in customers:
            yield belonging(one.id, linked.get(one.id, ()))
        after = Place((), customers[-1].id)


async def _read_all(store: SqliteProfileStore, rules: GoldenRules) -> float:
    """Seconds that counting all of it at once takes."""
    quality, cells, began = QualityRules(rules), Cells(_nothing), time.perf_counter()
    async for own in _everybody(store):
        judged = {str(one.key): quality.record(one) for one in own}
        told_of = {own[0].customer: quality.customer(own, judged)} if own else {}
        await recounted(Counting(judged, told_of), {}, cells)
    return time.perf_counter() - began


async def _nothing(_: object) -> Mapping[str, str]:
    return {}


def _bytes_of(path: Path, table: str) -> int:
    """Bytes of the texts of a table and their names."""
    with sqlite3.connect(path) as connection:
        sql = f"SELECT sum(length(name) + length(said)) FROM {table}"
        return int(connection.execute(sql).fetchone()[0])


async def measured(size: int, folder: Path) -> Mapping[str, float]:
    """All figures."""
    catalog = default_catalog()
    entries = record_entries(catalog, size)
    stores = {kind: SqliteProfileStore(folder / f"{kind}.db") for kind in ("bare", "counted")}
    # Each remembers what it normalized.
    rules = {kind: GoldenRules(catalog, Normalizers(catalog).normalize) for kind in stores}
    handlers = {kind: ProfileHandler(one) for kind, one in rules.items()}
    handlers["bare"].counts = _Uncounted(rules["bare"])
    figures = dict(await _costs(stores, handlers, entries))
    store, caller = stores["counted"], CallerContext("b", ("r",), visibility=everything(catalog))
    graph = profile_subgraphs(rules["counted"], SEALER)(store)

    async def ask() -> None:
        answer = await graph.execute(ASK, None, None, caller)
        assert answer["data"]["dataQuality"]["traits"], answer

    figures |= told("data_quality", await latencies([ask] * ASKED))
    figures["read_all_s"] = await _read_all(store, rules["counted"])
    for one in stores.values():
        await one.close()
    path = folder / "counted.db"
    return figures | {
        "counted_mb": _bytes_of(path, "counted") / 1e6,
        "cells_mb": _bytes_of(path, "cell") / 1e6,
        "store_mb": path.stat().st_size / 1e6,
    }


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__ or "", 40_000)
    with tempfile.TemporaryDirectory() as folder:
        report(asyncio.run(measured(chosen.size, Path(folder))), chosen)


if __name__ == "__main__":
    main()
