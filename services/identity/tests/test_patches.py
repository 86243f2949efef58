"""Whole states and patches of one record: each part goes by its own revision."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from c360_identity.domain.basis import basis_of
from c360_identity.domain.model import Statement
from c360_identity.domain.statement_fold import fold_statement
from c360_identity.handlers.intake import Intake
from c360_identity.testing.entries import IDS, TEST_CATALOG, feed, handler_of, rules_of, upserted
from c360_identity.testing.memory import MemoryIdentityStore
from c360_identity.testing.worlds import entries_of, worlds
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import content_of
from hypothesis import HealthCheck, given, settings

HANDLER = handler_of(TEST_CATALOG, rules_of(TEST_CATALOG, crowd=5, people=2))
INTAKE = Intake(TEST_CATALOG, Normalizers(TEST_CATALOG))
ANN = RecordKey("crm", "ann")
PHONE, MOBILE, EMAIL = "identifiers.phone", "traits.mobile", "identifiers.email"

Told = tuple[str, RecordUpserted]
"""A stamp and what it says."""


def told(at: int, carries: str = "", named: str | None = None, **given: Any) -> Entry:
    return upserted(at, "crm/ann", carries, named=named, **given)


async def carried(*entries: Entry) -> set[str]:
    store = MemoryIdentityStore(IDS)
    await feed(store, HANDLER, [entries])
    edges = store.state.edges[ANN].values()
    return {f"{o.identifier.type}:{o.identifier.value}" for o in edges if o.active}


def outcomes(*entries: Entry) -> list[str]:
    """What becomes of statements about one record, told one after the other."""
    held: tuple[Statement, ...] = ()
    aside: dict[tuple[bool, int], list[Statement]] = {}
    said: list[str] = []
    for _, fact in INTAKE.read(entries).upserts:
        result = fold_statement(
            held, aside.get((fact.statement.own, fact.statement.number), ()), fact.statement
        )
        held = result.held
        for one in result.aside:
            aside.setdefault((one.own, one.number), []).append(one)
        said.append(result.outcome)
    return said


async def test_a_patch_leaves_alone_what_it_does_not_name() -> None:
    state = told(1, "phone:1 email:a")
    assert await carried(state, told(2, "email:b", EMAIL)) == {"phone:1", "email:b"}
    assert await carried(state, told(2, "", EMAIL)) == {"phone:1"}
    assert await carried(state, told(2, "", "")) == {"phone:1", "email:a"}


async def test_an_identifier_of_a_trait_goes_with_the_trait() -> None:
    state = told(1, "phone:1 phone:2", traits={"mobile": "1"})
    moved = told(2, "phone:3", MOBILE, traits={"mobile": "3"})
    assert await carried(state, moved) == {"phone:2", "phone:3"}
    assert await carried(state, told(2, "", MOBILE)) == {"phone:2"}
    assert await carried(state, told(2, "", PHONE)) == {"phone:1"}


async def test_a_patch_after_a_deletion_brings_back_only_what_it_names() -> None:
    state, gone = told(1, "phone:1 email:a"), told(2, deleted=True)
    again = told(3, "email:b", EMAIL)
    assert await carried(again, gone, state) == {"email:b"}
    late = told(4, "phone:9", PHONE, revision=1)
    assert await carried(state, gone, late) == set()
    assert await carried(state, gone, late, again) == {"email:b"}


def test_another_trait_that_says_an_identifier_is_another_basis() -> None:
    mobile = TEST_CATALOG.traits["mobile"]
    silent = replace(TEST_CATALOG, traits={"mobile": replace(mobile, identifier=None)})
    retold = replace(TEST_CATALOG, traits={"mobile": replace(mobile, description="A number")})
    assert basis_of(silent) != basis_of(TEST_CATALOG) == basis_of(retold)


def test_outcomes_tell_apart_what_had_an_effect() -> None:
    state = told(1, "phone:1", revision=5, traits={"city": "A", "name": "Ann"})
    city, phone = "traits.city", "identifiers.phone"
    entries = [
        state,
        told(2, "", city, revision=6, traits={"city": "A"}),
        told(3, "", city, revision=7, traits={"city": "B"}),
        told(4, "", city, revision=6, traits={"city": "C"}),
        told(5, "phone:2", f"{city} {phone}", revision=6, traits={"city": "C"}),
        told(6, "phone:2", phone, revision=9),
        told(7, "phone:2", f"{city} {phone}", revision=6, traits={"city": "D"}),
        told(8, "", "traits.nothing", revision=9),
        told(9, "", city, revision=7, traits={"city": "B"}),
        told(10, "", "", revision=11),
        told(11, deleted=True, revision=10),
        told(12, deleted=True, revision=12),
        told(13, "", city, revision=11, traits={"city": "X"}),
        told(14, "", "", revision=13),
        told(15, "", city, revision=13),
    ]
    assert outcomes(*entries) == [
        *("APPLIED", "DUPLICATE", "APPLIED", "OUTDATED", "APPLIED"),
        *("DUPLICATE", "OUTDATED", "DUPLICATE", "DUPLICATE", "DUPLICATE"),
        *("APPLIED", "APPLIED", "OUTDATED", "APPLIED", "DUPLICATE"),
    ]
    assert outcomes(state, state) == ["APPLIED", "APPLIED"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds)
def test_what_a_record_carries_is_what_a_plain_reading_of_the_rules_says(facts: list[Any]) -> None:
    """An oracle that keeps every statement and knows nothing of what may be forgotten."""
    facts = [fact for fact in facts if fact[0] in ("upsert", "state", "patch")]
    entries = [entry for entry in entries_of(facts) if entry.topic == RECORDS]

    async def steps() -> None:
        store = MemoryIdentityStore(IDS)
        await feed(store, HANDLER, [[entry] for entry in entries])
        for key, record in store.state.records.items():
            told = [(e.stamp, decode(RECORDS, e.data)) for e in entries if e.key == str(key)]
            holder = _holder(told, None)
            assert record.deleted == holder.deleted
            if not record.deleted:
                assert set(record.stated) == _plainly_carried(told)

    asyncio.run(steps())


def _plainly_carried(told: Sequence[Told]) -> set[Identifier]:
    mobile = _holder(told, MOBILE).traits.get("mobile")
    found = {Identifier("phone", str(mobile))} if mobile else set[Identifier]()
    for type_ in TEST_CATALOG.identifiers:
        held = _holder(told, f"identifiers.{type_}")
        of_trait = ("phone", held.traits.get("mobile"))
        found |= {i for i in held.identifiers if i.type == type_ and i != of_trait}
    return {i for i in found if i.value != "blocked"}


def _holder(told: Sequence[Told], part: str | None) -> RecordUpserted:
    """Of the greatest number what was new last; of two scales what was new later."""
    first: dict[tuple[bool, int, str], Told] = {}
    for stamp, one in sorted(told, key=lambda pair: pair[0]):
        if part is None or one.named is None or part in one.named:
            first.setdefault((one.own, one.revision, content_of(one)), (stamp, one))
    leaders: Mapping[bool, Told] = {
        own: max(
            (pair for pair in first.values() if pair[1].own is own),
            key=lambda pair: (pair[1].revision, pair[0]),
            default=("", RecordUpserted(ANN, 0, 0)),
        )
        for own in (True, False)
    }
    return max(leaders.values(), key=lambda pair: pair[0])[1]
