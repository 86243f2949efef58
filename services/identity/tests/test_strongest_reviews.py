"""Two customers wait for a steward once, whatever is between them, and pages stay what they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from c360_identity.domain.matching.model_file import default_model
from c360_identity.domain.reviews import Review
from c360_identity.graph.reviewing import BEGINNING, Place, ReviewQueue
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import IDS, decided, feed, record_key, upserted
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.evidence.rules import Rules

CATALOG = default_catalog()
RULES = Rules.of(CATALOG.identifiers)
MODEL = default_model()
DOUBT = {"name": "Ann Rosewood", "city": "Leeds"}
MORE = {**DOUBT, "gender": "female"}


class World:
    def __init__(self, store: IdentityStore) -> None:
        self.store = store
        matching = Matching(MODEL)
        intake = Intake(CATALOG, Normalizers(CATALOG), MODEL.traits)
        self._handler = IdentityHandler(intake, RULES, IDS, RuleValueReader(CATALOG), matching)
        self._queue = ReviewQueue(store, RULES, matching.scores(CATALOG))

    async def takes(self, *entries: object) -> None:
        await feed(self.store, self._handler, [entries])

    async def page(self, size: int = 100, after: Place = BEGINNING) -> list[Review]:
        return list(await self._queue.page(after, size))

    async def pages(self, size: int) -> list[Review]:
        """All, page by page."""
        found: list[Review] = []
        while page := await self.page(size, Place.read(found[-1].place) if found else BEGINNING):
            found += page
        return found

    async def customers(self, one: Review) -> frozenset[object]:
        records = await self.store.records([one.a, one.b])
        return frozenset(record.seed for record in records.values())


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = (
        MemoryIdentityStore(IDS)
        if request.param == "memory"
        else SqliteIdentityStore(tmp_path / "identity.db", IDS)
    )
    yield World(made)
    await made.close()


def names(found: list[Review]) -> list[tuple[str, str, str]]:
    return [(str(one.a), str(one.b), one.edge.rule) for one in found]


async def test_of_several_pairs_that_look_alike_the_most_alike_is_shown(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "email:ann@mail.example", traits=DOUBT),
        upserted(2, "web/2", "email:ann@mail.example", traits=MORE),
        upserted(3, "crm/3", "account:c", traits=DOUBT),
        upserted(4, "web/4", "account:c", traits=MORE),
    )
    pairs = await world.store.matches_about([record_key("crm/1"), record_key("web/2")])
    assert sum(not one.accepted for one in pairs.values()) > 1
    (only,) = await world.page()
    assert pairs[only.a, only.b].bits == max(
        one.bits for pair, one in pairs.items() if not one.accepted and pair != ("crm/1", "web/2")
    )
    await world.takes(decided(5, "not_same", "crm/1", "crm/3", name="d"))
    assert await world.page() == []


async def test_a_refused_identifier_stands_before_what_is_alike(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "account:a phone:+8613564281270", traits=DOUBT),
        upserted(2, "web/2", "account:b", traits=DOUBT),
        upserted(3, "web/3", "account:b phone:+8613564281270"),
    )
    assert names(await world.page()) == [("web/3", "crm/1", "phone")]


async def test_of_several_refused_identifiers_the_strongest_type_is_shown(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "national_id:11010519491231002X device:d-1 phone:+8613564281270"),
        upserted(2, "web/2", "national_id:440524188001010014 device:d-1"),
        upserted(3, "web/3", "national_id:440524188001010014 phone:+8613564281270"),
    )
    assert names(await world.page()) == [("web/3", "crm/1", "phone")]


async def test_each_pair_of_customers_has_its_own(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "account:a phone:+8613564281270"),
        upserted(2, "web/2", "account:b phone:+8613564281270"),
        upserted(3, "web/3", "account:c phone:+8613564281270"),
    )
    found = await world.page()
    assert len({await world.customers(one) for one in found}) == len(found) == 3


def random_entry(chance: Random, at: int) -> object:
    carried = ("account:a", "account:b", "account:c", "phone:+8613564281270", "device:d-1")
    carried = (*carried, "email:ann@mail.example", "email:ann.r@mail.example")
    said = {"name": chance.choice(("Ann Rosewood", "Ann Rosewod", "Bob Rosewood")), "city": "Leeds"}
    if chance.random() < 0.1:
        kind = chance.choice(("same", "not_same"))
        return decided(at, kind, *chance.sample([f"crm/{n}" for n in range(9)], 2), name=f"d{at}")
    carries = " ".join(chance.sample(carried, chance.choice((0, 1, 1, 2))))
    return upserted(at, f"crm/{chance.randrange(9)}", carries, revision=at, traits=said)


@pytest.mark.parametrize("seed", range(12))
async def test_any_pages_tell_each_pair_of_customers_once(seed: int) -> None:
    chance = Random(f"reviews/{seed}")
    world = World(MemoryIdentityStore(IDS))
    await world.takes(*(random_entry(chance, at) for at in range(1, 25)))
    whole = await world.page()
    told = [await world.customers(one) for one in whole]
    assert len(set(told)) == len(told)
    assert all(len(customers) == 2 for customers in told)
    for size in (1, 2, 5):
        assert await world.pages(size) == whole
