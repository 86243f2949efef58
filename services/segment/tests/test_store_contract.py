import itertools
import tempfile
from pathlib import Path

import pytest
from c360_kernel.testing.conditions import conditions, values
from c360_kernel.testing.truth_table import read_truth_table
from c360_kernel.version import Version
from c360_segment.domain.state import ProfileState
from c360_segment.store.port import Changes
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore, SegmentStoreContract
from c360_segment.testing.objects_contract import ObjectsContract
from c360_segment.testing.scoped_contract import (
    ScopedReadingContract,
    assert_agrees_with_the_table,
)
from hypothesis import given, settings
from hypothesis import strategies as st


class TestMemoryStore(SegmentStoreContract, ScopedReadingContract, ObjectsContract):
    @pytest.fixture
    def open_store(self):
        return MemorySegmentStore


class TestSqliteStore(SegmentStoreContract, ScopedReadingContract, ObjectsContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        numbers = itertools.count()
        return lambda: SqliteSegmentStore(tmp_path / f"{next(numbers)}.db")


async def test_it_finds_what_the_truth_table_says(tmp_path):
    table = read_truth_table(Path(__file__).parents[3] / "docs/conditions.md")
    store = SqliteSegmentStore(tmp_path / "segment.db")
    await assert_agrees_with_the_table(store, table)
    await store.close()


@settings(max_examples=8)
@given(population=st.lists(values, max_size=6), asked=st.lists(conditions, max_size=6))
async def test_conditions_find_whom_they_find_in_the_model(population, asked):
    people = {f"c{n}": ProfileState(Version(0, 0), True, held) for n, held in enumerate(population)}
    with tempfile.TemporaryDirectory() as folder:
        store, model = SqliteSegmentStore(Path(folder) / "segment.db"), MemorySegmentStore()
        for one in (store, model):
            async with one.unit() as unit:
                await unit.save(Changes(profiles=people))
        for condition in asked:
            assert await store.meeting(condition) == await model.meeting(condition)
        await store.close()
