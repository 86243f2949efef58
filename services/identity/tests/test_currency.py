"""Whether a store was derived under the catalog of now."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_identity.bootstrap import build
from c360_identity.settings import IdentitySettings
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.loader import default_catalog_text, parse_catalog
from c360_kernel.errors import Unusable
from c360_kernel.log.entry import Partition
from c360_kernel.projection.service import Service

KEY = b"an instance key of some length"
CHANGED = parse_catalog(default_catalog_text().replace("fan: 4", "fan: 5"), "c")
RENAMED = parse_catalog(default_catalog_text().replace("Phone number", "Telephone"), "c")


def service(data: Path, catalog=None) -> Service:
    return build(IdentitySettings(data=data), catalog or default_catalog(), KEY)


async def fed(one: Service):
    """A store that one entry was fed into."""
    store = one.open_store()
    await one.prepare(store)
    async with store.unit() as unit:
        await unit.advance({}, {Partition("records", 0): 1})
    return store


async def test_a_store_that_was_never_fed_is_of_any_catalog(tmp_path):
    store = service(tmp_path).open_store()
    await service(tmp_path).prepare(store)
    changed = service(tmp_path, CHANGED)
    assert await changed.is_current(store)
    await changed.prepare(store)


async def test_one_that_was_fed_is_refused_under_other_rules_and_names_the_command(tmp_path):
    store = await fed(service(tmp_path))
    changed = service(tmp_path, CHANGED)
    assert not await changed.is_current(store)
    with pytest.raises(Unusable, match="c360 replay --projection identity") as refused:
        await changed.prepare(store)
    assert refused.value.code == "CATALOG_CHANGED"


async def test_words_change_nothing(tmp_path):
    store = await fed(service(tmp_path))
    renamed = service(tmp_path, RENAMED)
    assert renamed.basis == service(tmp_path).basis
    assert await renamed.is_current(store)
    await renamed.prepare(store)


async def test_one_of_before_there_were_marks_is_derived_again(tmp_path):
    store = service(tmp_path).open_store()
    async with store.unit() as unit:
        await unit.advance({}, {Partition("records", 0): 1})
    assert not await service(tmp_path).is_current(store)
