"""How memory and disk of identity grow with the number of identifiers.

    python benchmarks/growth.py [--size 1000000] --json

Three systems know each of many people: each says of them what only it knows and one number that
another says too, six identifiers in all. Their records come in no order, in batches of a thousand,
each in a unit of its own, and what is published is taken away as a relay does. Told after each of
eight parts: bytes of the store's files per identifier, resident memory, and records per second by
the clock and of processors; at the end the p99 of a look-up, by both.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from c360_kernel.catalog import default_catalog
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import StampClock
from figures import options, report
from resolving.datasets import entry_of
from resolving.product import Product

from c360_cli.running.tuning import tune_process

_BATCH = 1_000
_PARTS = 8
_RECORDS, _IDENTIFIERS = 3, 6
"""Of one person."""
_STRIDE = 7_368_787
"""A prime: to go on by so many comes past every record once, and never soon past a neighbour."""


def entries(people: int) -> Iterator[Entry]:
    """The records of so many people, in no order."""
    clock, count = StampClock(), people * _RECORDS
    for n in range(count):
        person, place = divmod(n * _STRIDE % count, _RECORDS)
        source, carried = _carried(person)[place]
        key = RecordKey(source, f"K{person}")
        payload = RecordUpserted(key, 1, 1, identifiers=carried, traits={"name": f"Name {person}"})
        yield entry_of(RECORDS, "c360.record.upserted.v1", key, payload, clock.next(), n)


def _carried(person: int) -> tuple[tuple[str, tuple[Identifier, ...]], ...]:
    mixed = person * 2_654_435_761 % (1 << 32)
    phone = Identifier("phone", f"+861{3 + mixed % 6}{mixed % 10**9:09d}")
    email = Identifier("email", f"p{mixed:x}@mail{mixed % 7}.net")
    card = Identifier("member_card", f"62{mixed:010d}")
    cookie = Identifier("cookie", f"{mixed:08x}{person:016x}")
    return (
        ("crm", (Identifier("crm_id", f"C{person}"), phone, email)),
        ("web", (Identifier("account", f"u{mixed:x}q"), cookie, email)),
        ("store", (card, phone)),
    )


async def _grown(size: int, folder: Path) -> list[dict[str, Any]]:
    product = Product(default_catalog(), None, folder / "identity.db")
    people = size // _IDENTIFIERS
    coming, rows = entries(people), list[dict[str, Any]]()
    part = people * _RECORDS // _PARTS
    for _ in range(_PARTS):
        begun, cpu = time.perf_counter(), time.process_time()
        while batch := list(islice(coming, min(_BATCH, part))):
            await product.feed(batch)
            await product.relayed()
            part -= len(batch)
        spent = (time.perf_counter() - begun, time.process_time() - cpu)
        part = people * _RECORDS // _PARTS
        rows.append(_row(product, folder, part, spent))
    rows[-1] |= await product.lookup_p99()
    return rows


def _row(
    product: Product, folder: Path, records: int, spent: tuple[float, float]
) -> dict[str, Any]:
    count = product.identifiers()
    held = sum(file.stat().st_size for file in folder.iterdir())
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return {
        "identifiers": count,
        "disk_mb": round(held / 1e6),
        "bytes_per_identifier": round(held / count),
        "rss_mb": round(int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6),
        "records_per_s": round(records / spent[0]),
        "records_per_cpu_s": round(records / spent[1]),
    }


def main() -> None:
    """Grow and report."""
    chosen = options(__doc__ or "", 1_000_000)
    tune_process()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(_grown(chosen.size, Path(folder)))
    report({"parts": rows}, chosen)


if __name__ == "__main__":
    main()
