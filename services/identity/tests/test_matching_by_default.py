"""The model that ships is on without a setting, and one word leaves it out."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_identity.bootstrap import build
from c360_identity.settings import IdentitySettings
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import decided, record_key, upserted
from c360_kernel.catalog import default_catalog
from c360_kernel.corrections import correction_of
from c360_kernel.projection.service import DerivingService

KEY = b"an instance key of some length"
ANN = {"name": "Ann Rosewood", "birthDate": "1980-05-17", "address": "12 Elm Road"}
BOB = {"name": "Bob Underhill", "birthDate": "1951-01-02", "address": "3 Oak Street"}


def service(data: Path) -> DerivingService:
    return build(IdentitySettings(data=data), default_catalog(), KEY)


async def customers(data: Path) -> int:
    """How many customers two records of Ann and one of Bob are."""
    one = service(data)
    store = one.open_store()
    assert isinstance(store, SqliteIdentityStore)
    said = [("crm/1", ANN), ("web/2", ANN), ("erp/3", BOB)]
    entries = [upserted(at, key, traits=traits) for at, (key, traits) in enumerate(said, 1)]
    async with store.unit() as unit:
        await one.handler.handle(unit, entries)
    found = await store.records([record_key(key) for key, _ in said])
    await store.close()
    return len({record.seed for record in found.values()})


async def test_records_that_look_alike_are_one_customer_without_a_setting(tmp_path: Path) -> None:
    assert await customers(tmp_path) == 2


async def test_what_a_steward_corrects_is_like_nobody(tmp_path: Path) -> None:
    one = service(tmp_path)
    store = one.open_store()
    assert isinstance(store, SqliteIdentityStore)
    correction = correction_of(record_key("crm/1"))
    entries = [
        upserted(1, "crm/1", "account:a"),
        upserted(2, "web/2", traits=ANN),
        upserted(3, str(correction), traits=ANN),
        decided(4, "same", "crm/1", str(correction), name="d"),
    ]
    async with store.unit() as unit:
        await one.handler.handle(unit, entries)
    keys = [record_key("crm/1"), record_key("web/2"), correction]
    seeds = {key: record.seed for key, record in (await store.records(keys)).items()}
    assert [seeds[key] for key in keys] == [keys[0], keys[1], keys[0]]
    await store.close()


async def test_one_word_leaves_likeness_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("C360_IDENTITY_MODEL", "none")
    assert await customers(tmp_path) == 3


def test_a_store_without_likeness_is_of_another_basis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = service(tmp_path).basis
    monkeypatch.setenv("C360_IDENTITY_MODEL", "default")
    assert service(tmp_path).basis == before
    monkeypatch.setenv("C360_IDENTITY_MODEL", "none")
    assert service(tmp_path).basis != before


@pytest.mark.parametrize("name", ["Person {}", "Guest {}-1", "用户{}", "Tester{}"])
async def test_people_who_were_counted_are_not_one_for_their_numbers_being_near(
    tmp_path: Path, name: str
) -> None:
    one = service(tmp_path)
    store = one.open_store()
    assert isinstance(store, SqliteIdentityStore)
    entries = [
        upserted(n + 1, f"crm/{n}", f"phone:+861391827{n:04}", traits={"name": name.format(n)})
        for n in range(40)
    ]
    # Whoever shares the phone is one, however he is counted elsewhere.
    shared = upserted(99, "web/1", "phone:+8613918270001", traits={"name": name.format(77)})
    async with store.unit() as unit:
        await one.handler.handle(unit, [*entries, shared])
    keys = [record_key(f"crm/{n}") for n in range(40)]
    found = await store.records([*keys, record_key("web/1")])
    assert len({record.seed for record in found.values()}) == 40
    assert found[record_key("web/1")].seed == keys[1]
    await store.close()


async def test_people_who_share_a_tablet_alone_are_as_many_as_they_say(tmp_path: Path) -> None:
    one = service(tmp_path)
    store = one.open_store()
    assert isinstance(store, SqliteIdentityStore)
    entries = [
        upserted(1, "web/1", "device:tablet", traits=ANN),
        upserted(2, "web/2", "device:tablet", traits=BOB),
        upserted(3, "web/3", "device:tablet", traits={"name": "Annie Rosewood"}),
    ]
    async with store.unit() as unit:
        await one.handler.handle(unit, entries)
    keys = [record_key(f"web/{n}") for n in (1, 2, 3)]
    seeds = {key: record.seed for key, record in (await store.records(keys)).items()}
    assert [seeds[key] for key in keys] == [keys[0], keys[1], keys[0]]
    await store.close()
