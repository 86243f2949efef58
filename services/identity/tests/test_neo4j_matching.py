"""Scored matching on a real Neo4j: the same customers as in memory, also by resolvers at once."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from c360_identity.domain.matching.model_file import default_model
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.neo4j import Neo4jIdentityStore, open_store, parse_address
from c360_identity.testing.entries import IDS, feed, rules_of, upserted
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import cut
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.errors import Conflict, Transient
from c360_kernel.log.entry import Entry
from neo4j import GraphDatabase

pytestmark = pytest.mark.servers

CATALOG = default_catalog()
MODEL = default_model()
HANDLER = IdentityHandler(
    Intake(CATALOG, Normalizers(CATALOG), MODEL.traits),
    rules_of(CATALOG, crowd=7),
    IDS,
    RuleValueReader(CATALOG),
    Matching(MODEL),
)
_NAMES = ("Ann Roe", "Roe Anne", "Annie Roe", "Robert Row", "王小明", "WANG XIAOMING")
_BORN = ("1990-03-15", "1990-03-16", "1961-07-01")


def world(chance: Random) -> list[Entry]:
    made: list[Entry] = []
    for at in range(1, 31):
        traits = {"name": chance.choice(_NAMES), "birthDate": chance.choice(_BORN)}
        carries = chance.choice(("", "", "", "phone:+8613912345678", "crm_id:7"))
        deleted = chance.random() < 0.1
        said = {"deleted": True} if deleted else {"traits": traits}
        key = f"crm/{chance.randint(1, 14)}"
        made.append(upserted(at, key, "" if deleted else carries, revision=at, **said))
    return made


def emptied(url: str, prefix: str) -> str:
    condition = f"any(label IN labels(n) WHERE label STARTS WITH '{prefix}')"
    with GraphDatabase.driver(url) as driver:
        driver.execute_query(f"MATCH (n) WHERE {condition} DETACH DELETE n")
    return f"{url}?prefix={prefix}"


async def resolve(store: Neo4jIdentityStore, batches: list[list[Entry]]) -> None:
    """Feed batches as a worker does: what is transient is repeated."""
    for batch in batches:
        while not await _resolved(store, batch):
            await asyncio.sleep(Random().random() * 0.1)


async def _resolved(store: Neo4jIdentityStore, batch: list[Entry]) -> bool:
    try:
        await feed(store, HANDLER, [batch])
    except (Conflict, Transient):
        return False
    return True


@pytest.mark.parametrize(("seed", "resolvers"), [(1, 1), (2, 1), (3, 4)])
async def test_customers_are_as_in_memory(neo4j_url: str, seed: int, resolvers: int) -> None:
    entries = world(Random(seed))
    model = MemoryIdentityStore(IDS)
    await feed(model, HANDLER, [entries])
    assert model.state.matches
    url = emptied(neo4j_url, "alike")
    stores = [open_store(parse_address(url), IDS) for _ in range(resolvers)]
    await stores[0].positions()
    shares = [[list(b) for b in cut(entries[n::resolvers], [3])] for n in range(resolvers)]
    await asyncio.gather(*map(resolve, stores, shares))
    assert await stores[0].digest() == await model.digest()
    for store in stores:
        await store.close()
