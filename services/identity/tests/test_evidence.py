"""What holds records together and what keeps them apart is told as it was decided."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.domain.evidence import EdgeState
from c360_identity.domain.paths import Step
from c360_identity.domain.refusals import RefusalKind
from c360_identity.graph.answers import EvidenceAnswers, Explanation
from c360_identity.graph.past import Past
from c360_identity.graph.reviewing import BEGINNING, Place, ReviewQueue
from c360_identity.store.port import IdentityStore
from c360_identity.store.scoped import ScopedDirectory
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    catalog_of,
    decided,
    feed,
    handler_of,
    record_key,
    rules_of,
    token_type,
    tracked,
    upserted,
)
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import entries_of, random_world
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.errors import Invalid
from c360_kernel.evidence.rules import Rules
from c360_kernel.scope import NOTHING_KNOWN, Visible
from c360_kernel.stamp import stamp_ms

RULES = rules_of(TEST_CATALOG, crowd=6, people=4)
WORLDS = 60


class World:
    """A store that was fed, and its answers."""

    def __init__(self, store: IdentityStore, rules: Rules = RULES) -> None:
        self.store = store
        self.answers = EvidenceAnswers(store, rules)
        self._handler = handler_of(TEST_CATALOG, rules)

    async def takes(self, *entries: Any) -> None:
        await feed(self.store, self._handler, [entries])

    async def explains(self, a: str, b: str, most: int = 20) -> Explanation:
        found = await self.answers.explanation(record_key(a), record_key(b), most)
        assert found is not None
        return found


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = (
        MemoryIdentityStore(IDS)
        if request.param == "memory"
        else SqliteIdentityStore(tmp_path / "identity.db", IDS)
    )
    yield World(made)
    await made.close()


def said(step: Step) -> str:
    return f"{step.a} {step.rule} {step.b}"


async def test_the_shortest_path_comes_first_and_every_other_after_it(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "phone:1 email:1 account:1"),
        upserted(2, "web/2", "phone:1 email:2"),
        upserted(3, "web/3", "email:2 account:1"),
    )
    found = await world.explains("crm/1", "web/2")
    assert found.together
    assert [[said(step) for step in path] for path in found.paths.found] == [
        ["crm/1 phone web/2"],
        ["crm/1 account web/3", "web/3 email web/2"],
    ]
    assert not found.paths.more
    assert (await world.explains("crm/1", "web/2", most=1)).paths.more
    (step,) = found.paths.found[0]
    assert (step.since, stamp_ms(step.since)) == (f"{2:028x}", 0)
    assert not found.refusals


@pytest.mark.parametrize(
    ("entries", "kind", "rule", "by"),
    [
        (
            [
                upserted(1, "crm/1", "national_id:1 phone:1"),
                upserted(2, "web/2", "national_id:2 phone:1"),
            ],
            RefusalKind.LIMIT, "phone", "national_id",
        ),
        (
            [upserted(1, "crm/1", "account:1 phone:1"), upserted(2, "web/2", "account:2 phone:1")],
            RefusalKind.SEPARATION, "phone", "account",
        ),
        (
            [
                upserted(1, "crm/1", "email:1 device:1"), upserted(2, "web/2", "email:2 device:1"),
                upserted(3, "web/3", "email:3 device:1"),
            ],
            RefusalKind.GUARD, "device", "device",
        ),
        (
            [
                upserted(1, "crm/1", "phone:1"), upserted(2, "web/2", "phone:1"),
                decided(3, "not_same", "crm/1", "web/2", name="d"),
            ],
            RefusalKind.STEWARD, "not_same", "",
        ),
        (
            [
                upserted(1, "crm/1", "phone:1"), upserted(2, "web/2", "phone:1", revision=1),
                upserted(3, "web/2", "phone:2", revision=2),
            ],
            RefusalKind.WITHDRAWN, "phone", "phone",
        ),
        (
            [
                upserted(1, "crm/1", "national_id:1"), upserted(2, "web/2", "national_id:2"),
                decided(3, "same", "crm/1", "web/2", name="d"),
            ],
            RefusalKind.LIMIT, "same", "national_id",
        ),
    ],
)  # fmt: skip
async def test_what_kept_two_apart_is_named(
    world: World, entries: list[Any], kind: RefusalKind, rule: str, by: str
) -> None:
    await world.takes(*entries)
    found = await world.explains("crm/1", "web/2")
    assert not found.together
    assert not found.paths.found
    refusal = found.refusals[0]
    assert (refusal.kind, refusal.rule, refusal.by) == (kind, rule, by)
    assert {edge.record for edge in refusal.edges} >= {record_key("crm/1")}


async def test_edges_say_what_became_of_them(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "national_id:1 phone:1"),
        upserted(2, "web/2", "national_id:2 phone:1 email:1", revision=1),
        upserted(3, "web/2", "national_id:2 phone:1", revision=2),
        upserted(4, "crm/4", "national_id:2"),
        decided(5, "same", "web/2", "crm/4", name="d5"),
        decided(6, "undo", "web/2", "crm/4", name="d6"),
    )
    seed = record_key("web/2")
    evidence = (await world.answers.of_customers([seed]))[seed]
    assert evidence.complete
    assert {(str(one.record), one.rule, one.state) for one in evidence.edges} == {
        ("web/2", "national_id", EdgeState.ACTIVE),
        ("crm/4", "national_id", EdgeState.ACTIVE),
        ("web/2", "phone", EdgeState.REFUSED),
        ("web/2", "email", EdgeState.RETRACTED),
        ("crm/4", "same", EdgeState.RETRACTED),
    }


async def test_of_a_deleted_record_what_it_shared_is_withdrawn(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "phone:1"),
        upserted(2, "web/2", "phone:1", revision=1),
        upserted(3, "web/2", revision=2, deleted=True),
    )
    found = await world.explains("crm/1", "web/2")
    assert not found.together
    assert [one.kind for one in found.refusals] == [RefusalKind.WITHDRAWN]
    assert await world.answers.explanation(record_key("crm/1"), record_key("crm/9"), 1) is None


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_evidence_connects_exactly_those_who_are_one_customer(seed: int) -> None:
    """In any world: a path iff one customer, and for all that two share a reason why it is none."""
    world = World(MemoryIdentityStore(IDS))
    await world.takes(*entries_of(random_world(Random(seed))))
    keys = [one.record async for one in world.store.emissions()]
    for a, b in combinations(sorted(keys), 2):
        found = await world.answers.explanation(a, b, 3)
        assert found is not None
        assert bool(found.paths.found) == found.together
        lengths = [len(path) for path in found.paths.found]
        assert lengths == sorted(lengths)
        for path in found.paths.found:
            assert (path[0].a, path[-1].b) == (a, b)
            assert all(one.b == next_.a for one, next_ in pairwise(path))
        if not found.together:
            shared = await _shared(world, a, b)
            assert shared <= {one.identifier for one in found.refusals}


async def _shared(world: World, a: Any, b: Any) -> set[Any]:
    carried: list[set[Any]] = [set(), set()]
    for held, key in zip(carried, (a, b), strict=True):
        held.update(o.identifier for o in await world.store.observations_of([key]) if o.active)
    return carried[0] & carried[1]


async def test_a_customer_of_more_records_than_are_told_of_is_still_explained(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("c360_identity.graph.answers.MOST_RECORDS", 5)
    chain = [upserted(n, f"crm/{n}", f"email:{n} email:{n + 1}") for n in range(1, 30)]
    await world.takes(*chain, tracked(40, "web/far", "m1", "email:30"))
    seed = record_key("crm/1")
    evidence = (await world.answers.of_customers([seed]))[seed]
    assert (len(evidence.records), evidence.complete) == (5, False)
    near = await world.explains("crm/20", "crm/22")
    assert [said(step) for step in near.paths.found[0]] == [
        "crm/20 email crm/21",
        "crm/21 email crm/22",
    ]


async def test_a_record_and_an_identifier_of_one_name_are_two_nodes(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "email:web"),
        upserted(2, "email/web", "phone:1"),
        upserted(3, "web/3", "email:web"),
    )
    assert not (await world.explains("crm/1", "email/web")).together
    (path,) = (await world.explains("crm/1", "web/3")).paths.found
    assert [said(step) for step in path] == ["crm/1 email web/3"]


async def test_it_is_told_how_a_customer_came_to_be(world: World) -> None:
    past = Past(world.store)
    a, b = record_key("crm/1"), record_key("web/2")
    await world.takes(upserted(1, "crm/1", "phone:1"))
    await world.takes(upserted(2, "web/2", "email:1"))
    await world.takes(decided(3, "same", "crm/1", "web/2", name="d3"))
    joined = await past.of_customer(a)
    assert [(one.stamp[-1], str(one.record), one.cause, one.left, one.seed) for one in joined] == [
        ("1", "crm/1", "arrived", None, a),
        ("3", "web/2", "same", b, a),
        ("3", "crm/1", "same", None, None),
    ]
    assert (joined[2].stands, joined[2].decision.actor, joined[2].decision.reason) == (
        True, "ann", "a test",
    )  # fmt: skip
    await world.takes(decided(4, "not_same", "crm/1", "web/2", name="d4"))
    apart = await past.of_customer(a)
    assert [(one.cause, one.seed) for one in apart if one.stamp[-1] == "4"] == [
        ("not_same", b), ("not_same", None),
    ]  # fmt: skip
    for at, expected in ((1, None), (2, b), (3, a), (4, b), (9, b)):
        found = await past.at(b, f"{at:028x}")
        assert (found and found.seed) == expected
    then = await past.at(a, f"{3:028x}")
    assert then is not None
    assert [one.key for one in then.records] == [a, b]
    assert await past.at(record_key("crm/9"), "f") is None


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_whoever_asks_later_hears_who_a_record_was(seed: int) -> None:
    """Fed one by one: at each stamp the past tells the customer that there was, and its records."""
    world = World(MemoryIdentityStore(IDS))
    entries = entries_of(random_world(Random(seed)))
    were: list[dict[Any, Any]] = []
    for entry in entries:
        await world.takes(entry)
        were.append({one.record: one.customer async for one in world.store.emissions()})
    past = Past(world.store)
    for at, was in list(enumerate(were, start=1))[:: max(1, len(were) // 4)]:
        for record, customer in was.items():
            found = await past.at(record, f"{at:028x}")
            assert ("" if found is None else IDS(found.seed)) == customer
            if found is not None:
                then = {one.key for one in found.records}
                assert then == {key for key, other in was.items() if other == customer}


async def test_what_was_refused_waits_for_a_steward_until_there_is_a_ruling(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "account:1 phone:1 email:1"),
        upserted(2, "web/2", "account:2 phone:1"),
        upserted(3, "web/3", "account:3 email:1"),
    )
    queue = ReviewQueue(world.store, RULES)
    found = await queue.page(BEGINNING, 5)
    assert [(str(one.a), str(one.b), one.edge.rule) for one in found] == [
        ("web/2", "crm/1", "phone"),
        ("web/3", "crm/1", "email"),
    ]
    assert await queue.page(Place.read(found[0].place), 5) == found[1:]
    assert await queue.page(BEGINNING, 1) == found[:1]
    assert not any(value in one.place for one in found for value in ("phone", "email", "account"))
    await world.takes(decided(4, "not_same", "crm/1", "web/2", name="d4"))
    assert await queue.page(BEGINNING, 5) == found[1:]
    await world.takes(decided(5, "same", "crm/1", "web/3", name="d5"))
    assert await queue.page(BEGINNING, 5) == []
    with pytest.raises(Invalid) as refused:
        Place.read("nonsense")
    assert refused.value.code == "CURSOR_INVALID"


class OnlySome(Visible):
    """Row rules by which only these customers are told of."""

    def __init__(self, *seeds: str) -> None:
        super().__init__(EVERYBODY, NOTHING_KNOWN)
        self._seeds = {IDS(record_key(seed)) for seed in seeds}

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        return frozenset(self._seeds.intersection(customers))


async def test_whom_row_rules_hide_no_answer_tells_of(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", "account:1 phone:1 device:1"),
        upserted(2, "web/2", "account:2 phone:1 device:1"),
        upserted(3, "web/3", "account:3 email:1 device:1"),
        upserted(4, "web/4", "account:2"),
        decided(5, "same", "crm/1", "web/3", name="d5"),
        decided(6, "not_same", "crm/1", "web/3", name="d6"),
    )
    a, b, hidden = record_key("crm/1"), record_key("web/2"), record_key("web/3")
    reader = ScopedDirectory(world.store, IDS, OnlySome("crm/1", "web/2"))
    answers = EvidenceAnswers(reader, RULES)
    found = await answers.explanation(a, b, 5)
    assert found is not None
    assert {one.kind for one in found.refusals} == {RefusalKind.GUARD, RefusalKind.SEPARATION}
    assert await answers.explanation(a, hidden, 5) is None
    evidence = await answers.of_customers([a, hidden])
    states = {one.rule: one.state for one in evidence[a].edges}
    assert states["device"] is EdgeState.GENERIC
    assert "not_same" not in states
    assert evidence[hidden].edges == []
    assert await Past(reader).at(hidden, "f") is None
    assert {one.record for one in await Past(reader).of_customer(a)} == {a}
    assert [one.a for one in await ReviewQueue(reader, RULES).page(BEGINNING, 9)] == [b]
    alone = ScopedDirectory(world.store, IDS, OnlySome("crm/1"))
    assert await ReviewQueue(alone, RULES).page(BEGINNING, 9) == []


@pytest.mark.parametrize("strong", ["national_id", "account"])
async def test_a_number_with_a_new_owner_is_handed_over(world: World, strong: str) -> None:
    """What is seen with it later is the new owner's, and the answer says which path it is."""
    await world.takes(
        upserted(1, "crm/old", f"{strong}:1 phone:1"),
        upserted(2, "web/call", "phone:1"),
        upserted(5, "crm/new", f"{strong}:2 phone:1"),
        upserted(9, "web/order", "phone:1"),
    )
    old, new = (
        await world.explains("crm/old", "web/call"),
        await world.explains("crm/new", "web/order"),
    )
    assert [said(step) for step in old.paths.found[0]] == ["crm/old phone web/call"]
    assert [said(step) for step in new.paths.found[0]] == ["crm/new phone web/order"]
    assert not (await world.explains("web/call", "web/order")).together


@pytest.mark.parametrize("personal", [True, False])
async def test_a_shared_machine_is_not_handed_over(personal: bool) -> None:
    """On few enough that it still links: it is like whoever had it first, as no number is."""
    shared = token_type("cookie", tier=3, fan=3, personal=personal)
    catalog = catalog_of(token_type("account", tier=1, separates=True), shared)
    store, rules = MemoryIdentityStore(IDS), Rules.of(catalog.identifiers)
    entries = [
        upserted(1, "crm/a", "account:1 cookie:1"),
        upserted(2, "crm/b", "account:2 cookie:1"),
        upserted(3, "web/visit", "cookie:1"),
    ]
    await feed(store, handler_of(catalog, rules), [entries])
    visit = (await store.records([record_key("web/visit")]))[record_key("web/visit")]
    assert visit.seed == record_key("crm/b" if personal else "crm/a")


async def test_a_number_that_its_new_owner_gives_back_is_the_old_ones_again(world: World) -> None:
    await world.takes(
        upserted(1, "crm/old", "account:1 phone:1"),
        upserted(2, "crm/new", "account:2 phone:1", revision=1),
        upserted(3, "web/order", "phone:1"),
    )
    assert (await world.explains("crm/new", "web/order")).together
    await world.takes(upserted(4, "crm/new", "account:2", revision=2))
    assert (await world.explains("crm/old", "web/order")).together
    await world.takes(upserted(5, "crm/new", "account:2 phone:1", revision=3))
    assert (await world.explains("crm/new", "web/order")).together
