"""Addresses of one mailbox are one person, by evidence that is weaker than an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.domain.evidence import EdgeState
from c360_identity.domain.matching.model_file import default_model
from c360_identity.graph.answers import EvidenceAnswers, Explanation
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.port import IdentityStore
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import IDS, feed, handler_of, record_key, tracked, upserted
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier

CATALOG = default_catalog()
RULES = Rules.of(CATALOG.identifiers)
ONE, OTHER = "email:jane.roe@gmail.com", "email:janeroe+shop@googlemail.com"


class World:
    def __init__(self, store: IdentityStore) -> None:
        self.store = store
        self.handler = handler_of(CATALOG, RULES)

    async def takes(self, *entries: Any) -> None:
        for entry in entries:
            await feed(self.store, self.handler, [[entry]])

    async def explains(self, a: str, b: str) -> Explanation:
        answers = EvidenceAnswers(self.store, RULES)
        found = await answers.explanation(record_key(a), record_key(b), 9)
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


async def test_two_addresses_of_one_mailbox_join_and_the_answer_says_by_which_rule(
    world: World,
) -> None:
    await world.takes(upserted(1, "crm/1", ONE), tracked(2, "web/2", "m1", OTHER))
    found = await world.explains("crm/1", "web/2")
    assert found.together
    ((step,),) = found.paths.found
    assert (step.rule, step.identifier) == ("mailbox", Identifier("mailbox", "janeroe@gmail.com"))


async def test_it_goes_when_the_address_does_and_comes_back_with_it(world: World) -> None:
    """By a whole state, by a patch of the list, and by one of the trait that says it."""
    email = {"email": "janeroe+shop@googlemail.com"}
    said = {"traits": email}
    ways = (
        (upserted(2, "web/2", OTHER), upserted(3, "web/2")),
        (upserted(4, "web/2", OTHER), upserted(5, "web/2", named="identifiers.email")),
        (upserted(6, "web/2", OTHER, **said), upserted(7, "web/2", named="traits.email")),
    )
    await world.takes(upserted(1, "crm/1", ONE))
    for there, gone in ways:
        await world.takes(there)
        assert (await world.explains("crm/1", "web/2")).together
        await world.takes(gone)
        apart = await world.explains("crm/1", "web/2")
        assert not apart.together
        assert [one.kind.value for one in apart.refusals] == ["WITHDRAWN"]


async def test_an_address_and_its_mailbox_are_one_kind_of_evidence(world: World) -> None:
    """Two log-ins need two kinds: a phone besides, and no second reading of the address."""
    await world.takes(
        upserted(1, "crm/1", f"account:anna1 {ONE}"), upserted(2, "crm/2", f"account:bert2 {ONE}")
    )
    assert not (await world.explains("crm/1", "crm/2")).together
    mobile = "phone:13812345678"
    await world.takes(
        upserted(3, "crm/1", f"account:anna1 {ONE} {mobile}"),
        upserted(4, "crm/2", f"account:bert2 {OTHER} {mobile}"),
    )
    assert (await world.explains("crm/1", "crm/2")).together


async def test_it_is_guarded_like_the_address(world: World) -> None:
    """Many addresses of one mailbox are one person's; many numbered people's it is not."""
    tags = [f"email:janeroe+{n}@gmail.com" for n in range(8)]
    await world.takes(*(upserted(n, f"web/{n}", tag) for n, tag in enumerate(tags, start=1)))
    assert (await world.explains("web/1", "web/8")).together
    numbered = [upserted(20 + n, f"crm/{n}", f"crm_id:C{n}7 {tag}") for n, tag in enumerate(tags)]
    await world.takes(*numbered)
    assert not (await world.explains("web/1", "web/8")).together
    evidence = await EvidenceAnswers(world.store, RULES).of_customers([record_key("web/1")])
    states = {one.rule: one.state for one in evidence[record_key("web/1")].edges}
    assert states["mailbox"] is EdgeState.GENERIC


@pytest.mark.parametrize("is_one_batch", [True, False])
async def test_a_family_that_tags_one_mailbox_stays_apart_by_what_it_looks_like(
    world: World, is_one_batch: bool
) -> None:
    matching = Matching(default_model())
    world.handler = IdentityHandler(
        Intake(CATALOG, Normalizers(CATALOG), matching.model.traits),
        RULES,
        IDS,
        RuleValueReader(CATALOG),
        matching,
    )
    family = (
        ("crm/1", "email:roes+dad@gmail.com", {"name": "Robert Roe", "birthDate": "1960-02-03"}),
        ("crm/2", "email:roes+kid@gmail.com", {"name": "Julia Roe", "birthDate": "1992-11-12"}),
    )
    entries = [upserted(n, k, c, traits=t) for n, (k, c, t) in enumerate(family, start=1)]
    await feed(world.store, world.handler, [entries] if is_one_batch else [[e] for e in entries])
    assert not (await world.explains("crm/1", "crm/2")).together


def test_only_what_is_derived_changes_what_a_store_is_made_by() -> None:
    """Catalogs without it keep the rules that their stores were derived by."""
    plain = {n: t for n, t in CATALOG.identifiers.items() if not t.derived_from}
    assert Rules.of(replace(CATALOG, identifiers=plain).identifiers).base("email") == "email"
    assert RULES.kinds["mailbox"].name == "email"
    assert RULES.anchors("mailbox") == RULES.tier("email")
