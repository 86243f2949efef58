"""`c360 identity train`: a model from the log, which an instance then takes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random

import pytest
from c360_identity.domain.matching.model_file import default_model, load_model
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_kernel.errors import SettingsError
from c360_kernel.evidence.rules import Rules
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.evidence.whole_solve import audit
from c360_cli.main import app

_FIRST = ("Anna", "Berta", "Clara", "Dora", "Emil", "Franz")
_LAST = ("Ahrens", "Brandt", "Cordes", "Dreyer", "Engel")


def entries() -> list[NewEntry]:
    chance = Random(1)
    made: list[NewEntry] = []
    for number in range(150):
        person = Random(number // 2)
        name = f"{person.choice(_FIRST)} {person.choice(_LAST)}"
        born = f"{person.randrange(1940, 2000)}-{person.randrange(1, 13):02d}-11"
        traits = {"name": name if chance.random() < 0.8 else name.upper(), "birthDate": born}
        key = RecordKey("crm", str(number))
        payload = RecordUpserted(key, 1, 1, traits=traits)
        stamp = f"{number:028x}"
        made.append(new_entry(RECORDS, str(key), payload, stamp=stamp, entry_id=f"e{number}"))
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    instance = assemble(tmp_path / "data")
    assert instance.services

    async def fill() -> None:
        log = instance.open_log()
        await log.append(entries())
        await log.close()

    asyncio.run(fill())
    return tmp_path / "data"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["identity", "train", *map(str, arguments)])
    return result.exit_code, result.stdout.strip()


def test_a_trained_model_is_taken_and_makes_identity_derive_anew(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "shop-1.json"
    code, found = run("--version", "shop-1", "--out", out, "--data", data, "--json")
    assert code == 0
    assert json.loads(found)["records"] == 150
    model = load_model(out, assemble(data).catalog)
    assert model.version == "shop-1"
    assert not any(name.casefold() in out.read_text() for name in (*_FIRST, *_LAST))

    (before, *_) = assemble(data).deriving
    monkeypatch.setenv("C360_IDENTITY_MODEL", str(out))
    (after, *_) = assemble(data).deriving
    assert before.name == after.name == "identity"
    assert before.basis != after.basis


def test_a_version_is_written_once(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "shop-1.json"
    out.write_text("{}")
    code, _ = run("--version", "shop-1", "--out", out, "--data", data)
    assert code != 0
    assert out.read_text() == "{}"


def test_few_records_make_no_model(tmp_path: Path) -> None:
    assert assemble(tmp_path / "empty").services
    code, _ = run("--version", "v", "--out", tmp_path / "m.json", "--data", tmp_path / "empty")
    assert code != 0
    assert not (tmp_path / "m.json").exists()


def test_an_instance_does_not_start_with_a_model_it_does_not_understand(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.json").write_text('{"format": 1}')
    monkeypatch.setenv("C360_IDENTITY_MODEL", str(tmp_path / "bad.json"))
    with pytest.raises(SettingsError) as refused:
        assert assemble(data).services
    assert refused.value.code == "MODEL_INVALID"


async def _derived(data: Path) -> SqliteIdentityStore:
    (service, *_) = assemble(data).deriving
    log = assemble(data).open_log()
    store = service.open_store()
    assert isinstance(store, SqliteIdentityStore)
    for partition in await log.ends([RECORDS]):
        read = await log.read(partition, 0, 1_000)
        for start in range(0, len(read), 7):
            async with store.unit() as unit:
                await service.handler.handle(unit, read[start : start + 7])
    await log.close()
    return store


async def test_what_is_kept_record_by_record_is_what_a_solve_of_all_finds(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("C360_IDENTITY_MODEL", "default")
    store = await _derived(data)
    rules = Rules.of(assemble(data).catalog.identifiers)
    found = await audit(store, rules, default_model())
    assert found.is_equal
    assert found.customers < found.records == 150
    assert not (await audit(store, rules)).is_equal
    await store.close()
