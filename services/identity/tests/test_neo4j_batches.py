"""What a batch asks of Neo4j: few statements, each led by an index, and one commit of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from c360_identity.store.neo4j import (
    Neo4jIdentityStore,
    closing,
    locking_reads,
    open_store,
    outbox,
    parse_address,
    positions,
    reads,
    unit,
    writes,
)
from c360_identity.store.neo4j.connection import Connection, Rows, Transaction
from c360_identity.store.neo4j.labels import Labels
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    feed,
    handler_of,
    rules_of,
    tracked,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.errors import Conflict
from c360_kernel.log.entry import Entry, NewEntry, Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.projection.worker import Worker
from neo4j import Driver, GraphDatabase

pytestmark = pytest.mark.servers

HANDLER = handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, crowd=7))
MOST_STATEMENTS = 15
PLACE = Partition(RECORDS, 0)
_OF_EVERYTHING = ("Scan", "HashJoin")
_LED_BY_NO_INDEX = "MATCH (r:Record) WHERE r.plain = $given.plain RETURN count(r)"
# Of what is begun there is no more than workers have in hand.
_FEW = "Begun"


def opened(url: str, prefix: str) -> Neo4jIdentityStore:
    """An empty store whose schema may be there."""
    condition = f"any(label IN labels(n) WHERE label STARTS WITH '{prefix}')"
    with GraphDatabase.driver(url) as driver:
        driver.execute_query(f"MATCH (n) WHERE {condition} DETACH DELETE n")
    return open_store(parse_address(f"{url}?prefix={prefix}"), IDS)


def person(n: int) -> str:
    """What the `n`th of records carries: three are of one person, one of whom names another's."""
    who = n // 3
    return f"phone:{who} email:{who if n % 30 else who - 1} cookie:{n} national_id:{who}"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run and every transaction that is opened, in order."""
    told: list[str] = []
    rows, ask, transaction = Transaction.rows, Connection._ask, Connection.transaction

    async def counted_rows(self: Transaction, statement: str, **given: object) -> Rows:
        told.append(statement)
        return await rows(self, statement, **given)

    async def counted_ask(self: Connection, routing: Any, statement: str, *given: Any) -> Rows:
        told.append(f"{routing} {statement}")
        return await ask(self, routing, statement, *given)

    @asynccontextmanager
    async def counted(self: Connection, *given: Any) -> AsyncGenerator[Transaction]:
        async with transaction(self, *given) as opened:
            yield opened
        told.append("COMMIT")

    monkeypatch.setattr(Transaction, "rows", counted_rows)
    monkeypatch.setattr(Connection, "_ask", counted_ask)
    monkeypatch.setattr(Connection, "transaction", counted)
    return told


def new(entry: Entry) -> NewEntry:
    """The entry as it is appended."""
    names = ("topic", "key", "id", "type", "source", "subject", "time", "stamp", "data")
    return NewEntry(**{name: getattr(entry, name) for name in names})


async def test_a_batch_is_few_statements_and_one_commit(neo4j_url: str, asked: list[str]) -> None:
    entries = [upserted(n, f"crm/{n}", person(n)) for n in range(1, 901)]
    log, store = MemoryLog(), opened(neo4j_url, "few")
    await log.append([new(entry) for entry in entries[::2] + entries[1::2]])
    worker = Worker("identity", [RECORDS], log, store, HANDLER, batch=300)
    await worker.step(0.01)
    for _ in range(2):
        asked.clear()
        assert await worker.step(0.01) == 300
        assert len(asked) <= MOST_STATEMENTS, asked
        assert asked.count("COMMIT") == 1
        # Beside the unit: the mark that it begins, with what was relayed of the batch before.
        assert sum("WRITE" in one for one in asked) == 1
    await worker.close()
    model = MemoryIdentityStore(IDS)
    await feed(model, HANDLER, [entries])
    assert await store.digest() == await model.digest()
    await store.close()


async def test_no_plan_looks_at_everything(neo4j_url: str) -> None:
    """However few nodes there are when it is planned, for a plan is kept while they grow."""
    store = opened(neo4j_url, "plans")
    first = [tracked(1, "crm/a", "m", "phone:1"), upserted(2, "crm/a")]
    more = [upserted(n, f"crm/{n}", person(n)) for n in range(3, 300)]
    with GraphDatabase.driver(neo4j_url) as driver:
        for entries in ([], first, more):
            await feed(store, HANDLER, [entries])
            assert refuse_wide(driver) > 12
        assert wide_in(driver, _LED_BY_NO_INDEX)
    await store.close()


def wide_in(driver: Driver, statement: str) -> list[str]:
    """The operators of its plan that look at more than they were asked about."""
    text = Labels("plans", 0).apply(statement).replace("replan=skip", "replan=force")
    plan = driver.execute_query(f"EXPLAIN {text}", given={}).summary.plan
    assert plan is not None
    return [one for one in operators(plan) if one.partition(" ")[0].endswith(_OF_EVERYTHING)]


def refuse_wide(driver: Driver) -> int:
    planned = 0
    for name, statement in statements():
        wide = wide_in(driver, statement)
        assert all(_FEW in one for one in wide), (name, wide)
        planned += 1
    return planned


def statements() -> Iterator[tuple[str, str]]:
    for module in (closing, locking_reads, outbox, positions, reads, unit, writes):
        for name, text in vars(module).items():
            # What is no statement by itself is part of one.
            if isinstance(text, str) and "$given" in text and ("RETURN" in text or "SET" in text):
                yield name, text


def operators(plan: dict[str, Any]) -> Iterator[str]:
    operator = plan["operatorType"].partition("@")[0]
    yield f"{operator} {plan['args'].get('Details', '')}"
    for child in plan.get("children", ()):
        yield from operators(child)


async def test_a_unit_ends_the_mark_of_what_it_handled(neo4j_url: str, asked: list[str]) -> None:
    store, entries = opened(neo4j_url, "marks"), [upserted(1, "crm/a", "phone:1")]
    await store.begin(entries)
    assert [attempt.times for attempt in await store.attempts()] == [1]
    async with store.unit() as unit:
        await unit.advance({PLACE: 0}, {PLACE: 2})
    assert list(await store.attempts()) == []
    asked.clear()
    await store.end(entries)
    assert asked == []
    await store.close()


async def test_what_is_begun_again_is_ended_again(neo4j_url: str) -> None:
    """An entry delivered twice is marked twice, and its unit fails: another moved the position."""
    store, entries = opened(neo4j_url, "again"), [upserted(1, "crm/a", "phone:1")]
    for _ in range(2):
        await store.begin(entries)
        try:
            async with store.unit() as unit:
                await unit.advance({PLACE: 0}, {PLACE: 2})
        except Conflict:
            assert await store.attempts()
        await store.end(entries)
        assert list(await store.attempts()) == []
    await store.close()


async def test_an_epoch_that_began_meanwhile_is_noticed(neo4j_url: str) -> None:
    store = opened(neo4j_url, "epoch")
    await store.positions()
    other = open_store(parse_address(f"{neo4j_url}?prefix=epoch"), IDS)
    await other.start_epoch(3)
    with pytest.raises(Conflict):
        await feed(store, HANDLER, [[upserted(1, "crm/a", "phone:1")]])
    await feed(store, HANDLER, [[upserted(1, "crm/a", "phone:1")]])
    (out,) = await store.outgoing(10)
    assert ":3." in out.entry.id
    await store.close()
    await other.close()


async def test_what_a_store_just_wrote_it_does_not_read_back(
    neo4j_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what it remembers is what another store reads."""
    store, other = (
        opened(neo4j_url, "told"),
        open_store(parse_address(f"{neo4j_url}?prefix=told"), IDS),
    )
    for n in (1, 2):
        await feed(store, HANDLER, [[upserted(n, f"crm/{n}", f"phone:{n}")]])
    read = await other.outgoing(10)
    assert len(read) == 2
    monkeypatch.delattr(outbox, "_unpacked")
    assert await store.outgoing(10) == read
    await store.relayed([read[0].sequence])
    assert await store.outgoing(10) == read[1:]
    with pytest.raises(NameError):
        await other.outgoing(10)
    await store.close()
    await other.close()
