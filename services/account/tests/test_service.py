"""The service as it is composed: a worker between a log and an embedded store."""

from dataclasses import replace

import pytest
from c360_account.bootstrap import build
from c360_account.settings import AccountSettings
from c360_account.testing.entries import CATALOG
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.codec import decode
from c360_kernel.errors import SettingsError, Unusable
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    PROFILES,
)
from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    EventTracked,
    ProfileChanged,
    RecordAssigned,
)
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

SECRETS = b"k" * 32, SEALER
A, B, P = RecordKey("crm", "a"), RecordKey("erp", "b"), RecordKey("crm", "p")


def world():
    shared = (Identifier("number", "N-1001"),)
    return [
        new_entry(ACCOUNTS, str(A), AccountUpserted(A, 1, 5, identifiers=shared)),
        new_entry(ACCOUNTS, str(B), AccountUpserted(B, 1, 6, identifiers=shared)),
        new_entry(LINKS, "crm/l", AccountLinked(RecordKey("crm", "l"), P, B, "member", 1, 7)),
        new_entry(IDENTITIES, str(P), RecordAssigned(P, "c1", Version(0, 0))),
    ]


async def published(log):
    found = []
    for partition in await log.ends([ACCOUNT_IDENTITIES]):
        found += await log.read(partition, 0, 100)
    return [decode(ACCOUNT_IDENTITIES, entry.data) for entry in found]


async def work(service, log):
    """Let a worker start and take everything; the digest and counts after it."""
    store = service.open_store()
    worker = service.worker(log, store)
    while await worker.step(0.01):
        pass
    await worker.close()
    digest, counts = await store.digest(), await store.counts()
    await store.close()
    return digest, counts


@pytest.fixture
async def log():
    log = MemoryLog()
    await log.append(world())
    return log


async def test_accounts_are_told_on_the_log(log, tmp_path):
    service = build(AccountSettings(data=tmp_path), CATALOG, *SECRETS)
    _, counts = await work(service, log)
    assert counts == {"records": 2, "accounts": 1, "links": 1, "persons": 1, "events": 0}
    told = await published(log)
    assert {one.record for one in told} == {A, B}
    assert len({one.account for one in told}) == 1


async def test_events_and_profiles_are_read_where_something_is_computed_of_them(log, tmp_path):
    ordered = EventTracked(P, "m1", "order", 9, properties={"amount": 2.0})
    told = ProfileChanged("c1", Version(0, 1), {"spent": 2.0})
    await log.append([new_entry(EVENTS, str(P), ordered), new_entry(PROFILES, "c1", told)])
    digest, counts = await work(build(AccountSettings(data=tmp_path / "a"), CATALOG, *SECRETS), log)
    assert counts["events"] == 1
    nothing = replace(CATALOG, accounts=replace(CATALOG.accounts, computed={}))
    other, counts = await work(build(AccountSettings(data=tmp_path / "b"), nothing, *SECRETS), log)
    assert (counts["events"], other == digest) == (0, False)


@pytest.mark.parametrize("change", ["property", "trait", "name"])
async def test_a_catalog_that_reads_other_things_wants_the_store_anew(log, tmp_path, change):
    computed, stated = dict(CATALOG.accounts.computed), dict(CATALOG.accounts.stated)
    if change == "property":
        del computed["revenue"]
    elif change == "trait":
        del computed["bestSpent"]
    else:
        stated["order"] = replace(stated["order"], identifier="domain")
    edited = replace(CATALOG, accounts=replace(CATALOG.accounts, computed=computed, stated=stated))
    await work(build(AccountSettings(data=tmp_path), CATALOG, *SECRETS), log)
    service = build(AccountSettings(data=tmp_path), edited, *SECRETS)
    store = service.open_store()
    assert not await service.is_current(store)
    await store.close()


async def test_another_window_or_title_needs_no_store_anew(log, tmp_path):
    asked = replace(CATALOG.accounts.computed["recentOrders"], live=False)
    longer = replace(asked, trait=replace(asked.trait, last_ms=7, description="x"), subtree=True)
    catalog, edited = (
        replace(
            CATALOG,
            accounts=replace(
                CATALOG.accounts, computed={**CATALOG.accounts.computed, "recentOrders": one}
            ),
        )
        for one in (asked, longer)
    )
    await work(build(AccountSettings(data=tmp_path), catalog, *SECRETS), log)
    service = build(AccountSettings(data=tmp_path), edited, *SECRETS)
    store = service.open_store()
    assert await service.is_current(store)
    await store.close()


async def test_a_rebuild_states_nothing_that_was_said(log, tmp_path):
    digest, _ = await work(build(AccountSettings(data=tmp_path / "first"), CATALOG, *SECRETS), log)
    before = await published(log)
    again = build(AccountSettings(data=tmp_path / "again"), CATALOG, *SECRETS)
    store = again.open_store()

    async def install() -> None:
        """The rebuilt store is looked at where it is."""

    assert await rebuild(again, log, store, install) == 0
    assert await store.digest() == digest
    assert await published(log) == before
    await store.close()


async def test_a_catalog_with_other_identifiers_wants_the_store_anew(log, tmp_path):
    settings = AccountSettings(data=tmp_path)
    await work(build(settings, CATALOG, *SECRETS), log)
    edited = parse_catalog(
        """
sources: {crm: {priority: 0}}
accounts: {identifiers: {number: {normalizer: card, tier: 1, tag: public}}}
""",
        "catalog.yaml",
    )
    service = build(settings, edited, *SECRETS)
    store = service.open_store()
    assert not await service.is_current(store)
    with pytest.raises(Unusable, match="c360 replay --projection account"):
        await service.prepare(store)
    await store.close()


async def test_a_catalog_without_accounts_has_accounts_without_anything(log, tmp_path):
    bare = parse_catalog("sources: {crm: {priority: 0}}", "catalog.yaml")
    service = build(AccountSettings(data=tmp_path), bare, *SECRETS)
    _, counts = await work(service, log)
    assert counts["accounts"] == 2
    graph = service.open_graph()
    assert "type Account" in graph.sdl()
    await graph.close()


@pytest.mark.parametrize("url", ["postgres://host/c360", "mongodb://host", "mongodb://"])
def test_a_store_that_no_adapter_knows_is_refused(tmp_path, url):
    settings = AccountSettings(data=tmp_path, account_store=url)
    with pytest.raises(SettingsError, match="C360_ACCOUNT_STORE") as refused:
        build(settings, CATALOG, *SECRETS)
    assert refused.value.code == "STORE_UNKNOWN"
