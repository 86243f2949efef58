import pytest
from c360_segment.store.sqlite import SqliteSegmentStore
from c360_segment.testing import MemorySegmentStore, SegmentStoreContract


class TestMemoryStore(SegmentStoreContract):
    @pytest.fixture
    def open_store(self):
        return MemorySegmentStore


class TestSqliteStore(SegmentStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        return lambda: SqliteSegmentStore(tmp_path / "segment.db")
