"""The same without a door: entries that somebody has already, appended to a log and read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import EVENTS

from c360_cli.assembly import assemble

BATCH = 500


class Bare(NamedTuple):
    """Entries each second of processor time."""

    appended_per_s: float
    read_per_s: float


async def bare(taken: Path, empty: Path) -> Bare:
    """What the log of `taken` holds of events, appended to that of `empty` and read from it."""
    entries = await _entries(taken)
    log = assemble(empty).open_log()
    began = time.process_time()
    for at in range(0, len(entries), BATCH):
        await log.append(entries[at : at + BATCH])
    appended = time.process_time() - began
    began, count = time.process_time(), 0
    for partition, end in (await log.ends([EVENTS])).items():
        for at in range(0, end, BATCH):
            count += len(await log.read(partition, at, BATCH))
    read = time.process_time() - began
    await log.close()
    return Bare(len(entries) / appended, count / read)


async def _entries(data: Path) -> Sequence[NewEntry]:
    log = assemble(data).open_log()
    found = [
        NewEntry(*(getattr(one, name) for name in NewEntry.__match_args__))
        for partition, end in (await log.ends([EVENTS])).items()
        for at in range(0, end, BATCH)
        for one in await log.read(partition, at, BATCH)
    ]
    await log.close()
    return found
