"""The contract of the identity store over the model and the embedded store."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.contract import IdentityStoreContract, OpenStore
from c360_identity.testing.entries import IDS
from c360_identity.testing.matching_contract import MatchingStoreContract
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.scoped_contract import ScopedDirectoryContract
from c360_kernel.errors import SettingsError
from c360_kernel.evidence.seed_id import customer_ids


class TestMemoryIdentityStore(
    IdentityStoreContract, ScopedDirectoryContract, MatchingStoreContract
):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        return lambda: MemoryIdentityStore(IDS)


class TestSqliteIdentityStore(
    IdentityStoreContract, ScopedDirectoryContract, MatchingStoreContract
):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        numbers = itertools.count()
        return lambda: SqliteIdentityStore(tmp_path / f"{next(numbers)}.db", IDS)


async def test_another_instance_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity.db"
    await SqliteIdentityStore(path, IDS).close()
    with pytest.raises(SettingsError):
        SqliteIdentityStore(path, customer_ids(b"another key"))
