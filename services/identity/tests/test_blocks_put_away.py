"""Blocks in the embedded store: young rows and those put away are one set, and few stay young."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path
from random import Random

import pytest
from c360_identity.store.sqlite import SqliteIdentityStore, blocks
from c360_identity.store.sqlite.blocks import Row, SqliteBlocks
from c360_identity.testing.entries import IDS

_ROUND = 400
"""So many rows are entered while the sweep goes round once."""
_CHOSEN = [*range(-40, 40), -(1 << 63), (1 << 63) - 1, *(n << 58 for n in range(-31, 31))]


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    monkeypatch.setattr(blocks, "_STEP", (1 << 64) // _ROUND)
    opened = SqliteIdentityStore(tmp_path / "identity.db", IDS).connection
    opened.execute("BEGIN")
    return opened


def _held(rows: Collection[Row], most: int) -> dict[int, set[int]]:
    """The blocks that hold fewer."""
    found: dict[int, set[int]] = {}
    for block, record in rows:
        found.setdefault(block, set()).add(record)
    return {block: held for block, held in found.items() if len(held) < most}


@pytest.mark.parametrize("seed", range(8))
def test_who_is_in_a_block_is_told_wherever_its_rows_lie(
    connection: sqlite3.Connection, seed: int
) -> None:
    chance, held, kept = Random(seed), set[Row](), SqliteBlocks(connection)
    for record in range(150):
        new = {(chance.choice(_CHOSEN), record) for _ in range(chance.randint(1, 9))}
        gone = set(chance.sample(sorted(held), min(len(held), chance.randint(0, 6))))
        again = set(chance.sample(sorted(gone), len(gone) // 2))
        kept.change(gone, new | again)
        held = (held - gone) | new | again
        most = chance.randint(1, 8)
        told = kept.members(_CHOSEN, most)
        assert all(len(found) == len(set(found)) <= most for found in told.values())
        assert {b: set(f) for b, f in told.items() if len(f) < most} == _held(held, most)
    tables = (connection.execute(f"SELECT * FROM {name}") for name in ("young_block", "block"))
    young, old = map(set, tables)
    assert young | old == held
    assert not young & old


def test_no_more_stay_young_than_come_while_the_sweep_goes_round(
    connection: sqlite3.Connection,
) -> None:
    chance, kept = Random(5), SqliteBlocks(connection)
    for record in range(3 * _ROUND):
        kept.change((), [(chance.randint(-(1 << 63), (1 << 63) - 1), record)])
    ((young,),) = connection.execute("SELECT count(*) FROM young_block")
    assert 0 < young < _ROUND


def test_where_the_sweep_is_outlives_a_process(connection: sqlite3.Connection) -> None:
    highest = (1 << 63) - 1
    SqliteBlocks(connection).change((), [(highest, 1)])
    for record in range(2, _ROUND + 2):
        SqliteBlocks(connection).change((), [(0, record)])
    ((young,),) = connection.execute("SELECT count(*) FROM young_block WHERE key > 0")
    assert young == 0
