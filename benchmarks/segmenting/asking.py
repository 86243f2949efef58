"""The question of everybody at once: each engine answers in a process of its own, in turn.

So the memory of one is not that of the other, and what else the machine does meets both.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_segment.domain.drafts import draft_of
from c360_segment.domain.segments import Segment
from c360_segment.graph.matching import matching
from c360_segment.store.sqlite import SqliteSegmentStore
from peak import peak_mb
from pyroaring import FrozenBitMap

from segmenting.world import CONDITION, KEPT, VOCABULARY, InDuckdb, World

_COMBINED: tuple[Callable[[FrozenBitMap, FrozenBitMap, FrozenBitMap], FrozenBitMap], ...] = (
    lambda a, b, c: a & b & c,
    lambda a, b, c: a | b | c,
    lambda a, b, c: (a - b) - c,
)


class Answer(NamedTuple):
    """Milliseconds by the clock and of processors, how many are found, and the most memory so far
    (MB)."""

    ms: float
    cpu_ms: float
    size: int
    rss_mb: float


class Engine:
    """A process that answers. `answering` is run in it."""

    def __init__(self, answering: Callable[..., None], *given: object) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=answering, args=(theirs, *given), daemon=True)
        self._process.start()
        self.is_there: bool = self._ours.recv()

    def ask(self) -> Answer:
        """Once more."""
        self._ours.send("ask")
        return self._ours.recv()

    def close(self) -> None:
        """End it."""
        if self.is_there:
            self._ours.send(None)
        self._process.join()


def in_segment(ours: Connection, path: Path) -> None:
    """Answer as a preview does."""
    asyncio.run(_in_segment(ours, path))


def in_duckdb(ours: Connection, world: World) -> None:
    """Answer in plain SQL."""
    try:
        engine = InDuckdb(world)
    except ImportError:
        ours.send(False)
        return
    ours.send(True)
    while ours.recv():
        began = _now()
        size = engine.size()
        ours.send(_answer(began, size))


async def _in_segment(ours: Connection, path: Path) -> None:
    store, draft = SqliteSegmentStore(path), _draft()
    ours.send(True)
    while ours.recv():
        began = _now()
        found = await matching(store, draft, frozenset())
        ours.send(_answer(began, len(found)))
    await store.close()


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _answer(began: tuple[float, float], size: int) -> Answer:
    ms, cpu_ms = (1_000 * (after - before) for before, after in zip(began, _now(), strict=True))
    return Answer(ms, cpu_ms, size, peak_mb())


def _draft() -> Segment:
    catalog = parse_catalog(VOCABULARY, "benchmark")
    used = everything(catalog).used | coordinates_read(CONDITION)
    return draft_of(json.dumps(CONDITION), catalog, Visibility(used=used))


async def recombine(path: Path) -> float:
    """Milliseconds of the slowest of three combinations of kept segments, sizes included."""
    store, slowest = SqliteSegmentStore(path), 0.0
    for combined in _COMBINED:
        began = time.perf_counter()
        parts = [await store.members(one) for one in KEPT[:3]]
        len(combined(*parts))
        slowest = max(slowest, 1_000 * (time.perf_counter() - began))
    await store.close()
    return slowest
