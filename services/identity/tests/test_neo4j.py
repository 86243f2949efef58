"""The identity store on a real Neo4j: contract, resolvers at once, crashes, replacement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from random import Random

import pytest
from c360_identity.bootstrap import build
from c360_identity.domain.model import SourceRecord
from c360_identity.settings import IdentitySettings
from c360_identity.store.neo4j import (
    Neo4jIdentityStore,
    open_store,
    parse_address,
)
from c360_identity.store.neo4j.generation import Current
from c360_identity.store.port import EvidenceChanges
from c360_identity.testing.contract import IdentityStoreContract, OpenStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    feed,
    handler_of,
    rules_of,
    stamp,
    upserted,
)
from c360_identity.testing.matching_contract import MatchingStoreContract
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.scoped_contract import ScopedDirectoryContract
from c360_identity.testing.worlds import cut, entries_of, random_world
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.errors import Conflict, SettingsError, Transient, Unusable
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.log.entry import Entry, NewEntry, Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import IDENTITIES, RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.entries import new_entry
from neo4j import GraphDatabase

from tests.servers.fixtures import running
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.servers

HANDLER = handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, crowd=7))
RESOLVERS = 16


def emptied(url: str, prefix: str) -> str:
    """The URL of a store whose schema stays and whose nodes are gone: faster than a new one."""
    condition = f"any(label IN labels(n) WHERE label STARTS WITH '{prefix}')"
    with GraphDatabase.driver(url) as driver:
        driver.execute_query(f"MATCH (n) WHERE {condition} DETACH DELETE n")
    return f"{url}?prefix={prefix}"


def opened(url: str) -> Neo4jIdentityStore:
    return open_store(parse_address(url), IDS)


class TestNeo4jIdentityStore(IdentityStoreContract, ScopedDirectoryContract, MatchingStoreContract):
    examples = 8
    timed_examples = 6

    @pytest.fixture
    def open_store(self, neo4j_url: str) -> OpenStore:
        return lambda: opened(emptied(neo4j_url, "contract"))


@pytest.mark.parametrize("number", range(3))
async def test_openers_at_once_make_one_schema(neo4j_url: str, number: int) -> None:
    url = f"{neo4j_url}?prefix=atonce{time.time_ns()}{number}"
    stores = [opened(url) for _ in range(4)]
    assert await asyncio.gather(*(one.positions() for one in stores)) == [{}] * len(stores)
    await asyncio.gather(*(one.close() for one in stores))


# What was made before there were numbers is of format 1.
@pytest.mark.parametrize("written", [None, 99])
async def test_another_format_is_refused(neo4j_url: str, written: int | None) -> None:
    url = emptied(neo4j_url, "format")
    store = opened(url)
    await store.positions()
    await store.close()
    with GraphDatabase.driver(neo4j_url) as driver:
        driver.execute_query("MATCH (m:formatMeta_0) SET m.format = $n", n=written)
    again = opened(url)
    with pytest.raises(Unusable) as refused:
        await again.positions()
    assert refused.value.code == "STORE_FORMAT"
    await again.close()


async def resolve(store: Neo4jIdentityStore, batches: Sequence[Sequence[Entry]]) -> None:
    """Feed batches as a worker does: what is transient is repeated."""
    chance = Random(id(store))
    for batch in batches:
        while not await _resolved(store, batch):
            await asyncio.sleep(chance.random() * 0.1)


async def _resolved(store: Neo4jIdentityStore, batch: Sequence[Entry]) -> bool:
    try:
        await feed(store, HANDLER, [batch])
    except (Conflict, Transient):
        return False
    return True


@pytest.mark.parametrize(("seed", "size"), [(0, 1), (1, 3), (2, 3)])
async def test_resolvers_at_once_equal_the_batch_solve(
    neo4j_url: str, seed: int, size: int
) -> None:
    chance = Random(seed)
    entries = entries_of([fact for _ in range(3) for fact in random_world(chance)])
    chance.shuffle(entries)
    model = MemoryIdentityStore(IDS)
    await feed(model, HANDLER, [entries])
    url = emptied(neo4j_url, "crowd")
    stores = [opened(url) for _ in range(RESOLVERS)]
    await stores[0].positions()
    shares = [cut(entries[n::RESOLVERS], [size]) for n in range(RESOLVERS)]
    await asyncio.gather(*map(resolve, stores, shares))
    assert await stores[0].digest() == await model.digest()
    assert await stores[0].counts() == await model.counts()
    for store in stores:
        await store.close()


async def test_units_that_meet_crosswise_both_get_through(neo4j_url: str) -> None:
    """Each owns one customer and then wants the other's: one of them has to begin again."""
    url = emptied(neo4j_url, "crosswise")
    first, second = opened(url), opened(url)
    await feed(first, HANDLER, [[upserted(1, "crm/a", "email:1"), upserted(2, "crm/b", "email:2")]])
    a, b = RecordKey("crm", "a"), RecordKey("crm", "b")
    both_own = asyncio.Barrier(2)
    attempts: list[str] = []

    async def own_both(store: Neo4jIdentityStore, mine: RecordKey, other: RecordKey) -> None:
        while True:
            attempts.append(mine.key)
            try:
                async with store.unit() as unit:
                    await unit.records([mine])
                    if len(attempts) <= 2:
                        await both_own.wait()
                    await unit.records([other])
            except Conflict:
                continue
            return

    await asyncio.gather(own_both(first, a, b), own_both(second, b, a))
    assert len(attempts) == 3
    await first.close()
    await second.close()


async def test_of_workers_at_one_position_exactly_one_advances(neo4j_url: str) -> None:
    url, place = emptied(neo4j_url, "position"), Partition(RECORDS, 0)
    stores = [opened(url) for _ in range(8)]
    await stores[0].positions()

    async def advance(store: Neo4jIdentityStore, before: int) -> bool:
        try:
            async with store.unit() as unit:
                await unit.advance({place: before}, {place: before + 1})
        except Conflict:
            return False
        return True

    for before in range(5):
        won = await asyncio.gather(*(advance(store, before) for store in stores))
        assert won.count(True) == 1
    assert await stores[0].positions() == {place: 5}
    for store in stores:
        await store.close()


async def test_a_unit_that_took_too_long_may_take_longer(neo4j_url: str) -> None:
    address = parse_address(emptied(neo4j_url, "slow"))
    store = Neo4jIdentityStore(Current(address, "probe"), IDS, limit_s=0.5)
    codes: list[str] = []
    while True:
        try:
            async with store.unit() as unit:
                await asyncio.sleep(3)
                await unit.keep(EvidenceChanges([SourceRecord(RecordKey("crm", "a"), stamp(1))]))
            break
        except Transient as error:
            codes.append(error.code)
    assert set(codes) == {"STORE_TIMEOUT"}
    await store.close()


@pytest.fixture(scope="module")
def own_server() -> Iterator[Neo4jServer]:
    """A server for this module's faults alone: starting one takes longer than any of them."""
    with running(Neo4jServer) as server:
        yield server


async def test_a_server_killed_under_load_loses_and_doubles_nothing(
    own_server: Neo4jServer,
) -> None:
    entries = [upserted(n, f"crm/{n}", f"phone:{n // 2} email:{n // 6}") for n in range(1, 1201)]
    store = opened(f"{own_server.url}?prefix=killed")
    await store.positions()
    feeding = asyncio.create_task(resolve(store, cut(entries, [20])))
    await asyncio.sleep(1.0)
    await asyncio.to_thread(own_server.kill)
    assert not feeding.done()
    await asyncio.to_thread(own_server.start)
    await feeding
    model = MemoryIdentityStore(IDS)
    await feed(model, HANDLER, [entries])
    assert await store.digest() == await model.digest()
    assert await store.counts() == await model.counts()
    await store.close()


async def test_a_server_that_hangs_is_given_up_on_and_the_store_heals(
    own_server: Neo4jServer,
) -> None:
    store = opened(f"{own_server.url}?prefix=paused")
    await store.positions()
    own_server.pause()
    await is_transient(store)
    own_server.resume()
    await resolve(store, [[upserted(1, "crm/a", "phone:1")]])
    assert (await store.counts())["records"] == 1
    await store.close()


async def is_transient(store: Neo4jIdentityStore) -> None:
    began = time.monotonic()
    with pytest.raises(Transient):
        await store.positions()
    with pytest.raises(Transient):
        async with store.unit():
            pass
    assert time.monotonic() - began < 40


def test_another_instance_key_is_refused(neo4j_url: str) -> None:
    address = parse_address(emptied(neo4j_url, "keys"))

    async def look() -> None:
        first = open_store(address, IDS)
        other = open_store(address, customer_ids(b"another key"))
        await first.positions()
        with pytest.raises(SettingsError):
            await other.positions()
        await first.close()
        await other.close()

    asyncio.run(look())


def says(key: str, phone: str, revision: int) -> NewEntry:
    payload = RecordUpserted(
        RecordKey("crm", key), revision, 1, False, (Identifier("phone", phone),)
    )
    return new_entry(RECORDS, f"crm/{key}", payload)


async def test_a_rebuilt_store_takes_the_place_of_the_live_one(neo4j_url: str) -> None:
    key, url = b"an instance key for tests", emptied(neo4j_url, "rebuilt")
    service = build(IdentitySettings(identity_store=url), default_catalog(), key)
    log, store = MemoryLog(), service.open_store()
    await log.append([says(f"{n}", f"1380000{n % 7:04}", 1) for n in range(40)])
    worker = service.worker(log, store)
    await worker.step(0.01)
    await worker.close()
    before = (await store.digest(), dict(await store.counts()))
    said = sum((await log.ends([IDENTITIES])).values())
    assert service.open_aside is not None
    aside = service.open_aside()
    assert await rebuild(service, log, aside, aside.install) == 0
    assert (await store.digest(), dict(await store.counts())) == before
    assert store.epoch == aside.epoch == 1
    assert sum((await log.ends([IDENTITIES])).values()) == said
    with GraphDatabase.driver(neo4j_url) as driver:
        (held,) = driver.execute_query("MATCH (n:rebuiltRecord_0) RETURN count(n)").records
    assert held.values() == [0]
    await store.close()
    await aside.close()
