"""The service as it is composed: a worker between a log and an embedded store."""

from dataclasses import replace

import pytest
from c360_kernel.catalog.loader import default_catalog, default_catalog_text, parse_catalog
from c360_kernel.catalog.model import SegmentDefinition
from c360_kernel.codec import decode
from c360_kernel.errors import Unusable
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import EVENTS, IDENTITIES, MEMBERSHIPS, PROFILES
from c360_kernel.payload import EventTracked, ProfileChanged, RecordAssigned
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_segment.bootstrap import build
from c360_segment.settings import SegmentSettings

RECORD = RecordKey("crm", "1")
EDITED = parse_catalog(
    default_catalog_text().replace("op: at_least, value: 100", "op: at_least, value: 5"), "edited"
)


def world() -> list[NewEntry]:
    bought = {"amount": 7.5, "orderId": "o1"}
    return [
        new_entry(EVENTS, "crm/1", EventTracked(RECORD, "m1", "order_completed", 5, (), bought)),
        new_entry(IDENTITIES, "crm/1", RecordAssigned(RECORD, "c1", Version(0, 0))),
        new_entry(PROFILES, "c1", ProfileChanged("c1", Version(0, 0), {"loyaltyTier": "gold"})),
        new_entry(EVENTS, "crm/1", EventTracked(RECORD, "m2", "order_completed", 6, (), bought)),
    ]


async def published(log) -> list[tuple[str, bool]]:
    found = []
    for partition in await log.ends([MEMBERSHIPS]):
        found += await log.read(partition, 0, 100)
    changes = [decode(MEMBERSHIPS, entry.data) for entry in found]
    return [(change.segment, change.member) for change in changes]


async def work(service, log) -> str:
    """Let a worker start and take everything; the digest after it."""
    store = service.open_store()
    worker = service.worker(log, store)
    while await worker.step(0.01):
        pass
    await worker.close()
    digest = await store.digest()
    await store.close()
    return digest


@pytest.fixture
async def log():
    log = MemoryLog()
    await log.append(world())
    return log


async def test_members_are_told_on_the_log(log, tmp_path):
    await work(build(SegmentSettings(data=tmp_path), default_catalog(), SEALER), log)
    assert sorted(await published(log)) == [("gold_members", True), ("repeat_buyers", True)]


async def test_an_edited_catalog_is_followed_at_the_next_start(log, tmp_path):
    settings = SegmentSettings(data=tmp_path)
    await work(build(settings, default_catalog(), SEALER), log)
    changed = await work(build(settings, EDITED, SEALER), log)
    assert (await published(log))[-1] == ("high_value", True)
    fresh = MemoryLog()
    await fresh.append(world())
    other = SegmentSettings(data=tmp_path / "other")
    assert await work(build(other, EDITED, SEALER), fresh) == changed


def holding(*traits):
    """The default catalog with segments of who has had these traits for a day."""
    held = {
        f"long_{trait}".lower(): {"held": {"trait": trait, "op": "exists"}, "for": "1 day"}
        for trait in traits
    }
    catalog = default_catalog()
    made = {name: SegmentDefinition(name, condition) for name, condition in held.items()}
    return replace(catalog, segments={**catalog.segments, **made})


async def test_a_catalog_that_asks_for_another_past_has_the_store_derived_again(log, tmp_path):
    settings = SegmentSettings(data=tmp_path)
    await work(build(settings, default_catalog(), SEALER), log)
    for catalog, is_current in ((EDITED, True), (holding("loyaltyTier"), False)):
        service = build(settings, catalog, SEALER)
        store = service.open_store()
        assert await service.is_current(store) is is_current
        await store.close()
    with pytest.raises(Unusable) as refused:
        await work(build(settings, holding("loyaltyTier"), SEALER), log)
    assert refused.value.code == "CATALOG_CHANGED"
    fresh = build(SegmentSettings(data=tmp_path / "fresh"), holding("loyaltyTier"), SEALER)
    again = MemoryLog()
    await again.append(world())
    await work(fresh, again)
    store = fresh.open_store()
    assert await fresh.is_current(store)
    (known,) = (await store.known(["c1"], [])).values()
    assert [one.values for one in known.past] == [{"loyaltyTier": "gold"}]
    await store.close()


async def test_a_rebuild_states_nothing_that_was_said(log, tmp_path):
    first = build(SegmentSettings(data=tmp_path / "first"), default_catalog(), SEALER)
    digest = await work(first, log)
    before = await published(log)
    again = build(SegmentSettings(data=tmp_path / "again"), default_catalog(), SEALER)
    store = again.open_store()

    async def install() -> None:
        """The rebuilt store is looked at where it is."""

    assert await rebuild(again, log, store, install) == 0
    assert await store.digest() == digest
    assert await published(log) == before
    await store.close()
