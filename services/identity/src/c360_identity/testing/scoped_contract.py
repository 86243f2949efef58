"""What look-ups over every IdentityStore do under a scope. Subclass it and give `open_store`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping

import pytest
import pytest_asyncio
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.tree import EVERYBODY, NOBODY, Not, Values, ValueTest
from c360_kernel.errors import Invalid
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.scope import Scope, ScopeValues, Visible
from c360_kernel.version import Version
from typing_extensions import override

from c360_identity.domain.model import Holding, SourceRecord
from c360_identity.domain.rule_values import RuleValues
from c360_identity.graph.directory import CustomerLookup, Novelty
from c360_identity.store.port import EvidenceChanges, IdentityStore
from c360_identity.store.scoped import ScopedDirectory
from c360_identity.testing.contract import OpenStore
from c360_identity.testing.entries import (
    IDS,
    TEST_CATALOG,
    feed,
    handler_of,
    record_key,
    rules_of,
    stamp,
    upserted,
)

NORTH = ValueTest("region", "equals", "north")
"""The scope: its customers are those of the records `crm/n…`."""
WORLD = (
    upserted(1, "crm/n1", "phone:1 email:n"),
    upserted(2, "web/n1b", "phone:1"),
    upserted(3, "crm/s1", "phone:2"),
    upserted(4, "crm/n2", "national_id:A phone:3"),
    upserted(5, "crm/s2", "national_id:B phone:3"),
    upserted(6, "crm/s3", "national_id:C phone:4"),
    upserted(7, "crm/n3", "national_id:D phone:4"),
    upserted(8, "crm/sold", "phone:2"),
    upserted(9, "crm/sold", "", deleted=True),
    upserted(10, "crm/nold", "email:n"),
    upserted(11, "crm/nold", "", deleted=True),
    upserted(12, "crm/unknown", "phone:5"),
    upserted(13, "crm/n4", "national_id:E device:9"),
    upserted(14, "crm/s4", "national_id:F device:9"),
    upserted(15, "crm/s5", "national_id:G device:9"),
    upserted(17, "crm/n5", "national_id:H email:m"),
    upserted(16, "crm/n6", "national_id:I email:m"),
)
_SEEN = ("crm/n1", "crm/n2", "crm/n3", "crm/n4")
_HIDDEN = ("crm/s1", "crm/s2", "crm/s3", "crm/unknown")


class Regions(ScopeValues):
    """Values of the customers of the world, but for one of whom nothing is known."""

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        keys = [entry.key for entry in WORLD if not entry.key.endswith("unknown")]
        known = {IDS(record_key(key)): key for key in keys}
        return {
            id_: {"region": "north" if "/n" in known[id_] else "south"}
            for id_ in customers
            if id_ in known
        }


def directory_of(store: IdentityStore, scope: Scope) -> CustomerLookup:
    """Look-ups in a scope."""
    normalizers = Normalizers(TEST_CATALOG)
    return CustomerLookup(store, TEST_CATALOG, normalizers, IDS, Regions()).within(scope)


class ScopedDirectoryContract:
    """The suite."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Opens a new, empty store under test."""
        raise NotImplementedError

    @pytest_asyncio.fixture
    async def world(self, open_store: OpenStore) -> AsyncIterator[IdentityStore]:
        """A store that was told of the north and the south."""
        store = open_store()
        rules = rules_of(TEST_CATALOG, crowd=4)
        await feed(store, handler_of(TEST_CATALOG, rules), [[entry] for entry in WORLD])
        yield store
        await store.close()

    async def test_everybody_is_whom_the_store_tells_of(self, world: IdentityStore) -> None:
        plain = CustomerLookup(world, TEST_CATALOG, Normalizers(TEST_CATALOG), IDS)
        assert plain.within(EVERYBODY) is plain
        keys = [record_key(key) for key in (*_SEEN, *_HIDDEN)]
        assert await plain.by_record(keys) == {key: key for key in keys}

    async def test_who_is_left_out_looks_like_nobody(self, world: IdentityStore) -> None:
        directory = directory_of(world, NORTH)
        for names in (_HIDDEN, ("crm/nobody",)):
            keys = [record_key(name) for name in names]
            assert await directory.by_record(keys) == {}
            assert await directory.by_id([IDS(key) for key in keys]) == {}
            assert await directory.records(keys) == {}
            nothing: dict[RecordKey, tuple[()]] = dict.fromkeys(keys, ())
            assert await directory.members(keys) == nothing
            assert {k: tuple(v) for k, v in (await directory.carried(keys)).items()} == nothing
        for value in ("2", "5", "nobody's"):
            assert await directory.by_identifier(Identifier("phone", value)) == []

    async def test_who_is_in_it_is_told_of_as_ever(self, world: IdentityStore) -> None:
        scoped, plain = directory_of(world, NORTH), directory_of(world, EVERYBODY)
        keys = [record_key(key) for key in (*_SEEN, "web/n1b")]
        for method in ("by_record", "records", "members", "carried"):
            assert await getattr(scoped, method)(keys) == await getattr(plain, method)(keys)
        ids = [IDS(key) for key in keys]
        assert await scoped.by_id(ids) == await plain.by_id(ids)
        for value in ("1", "3", "4"):
            assert await scoped.by_identifier(Identifier("phone", value))

    async def test_of_several_who_share_an_identifier_only_those_in_scope(
        self, world: IdentityStore
    ) -> None:
        scoped, plain = directory_of(world, NORTH), directory_of(world, EVERYBODY)
        for value, north in (("3", "crm/n2"), ("4", "crm/n3")):
            asked = Identifier("phone", value)
            assert len(await plain.by_identifier(asked)) == 2
            assert await scoped.by_identifier(asked) == [record_key(north)]

    async def test_holdings_count_whom_the_scope_has(self, world: IdentityStore) -> None:
        reader = ScopedDirectory(world, IDS, Visible(NORTH, Regions()))
        asked = [Identifier("phone", value) for value in ("1", "2", "4", "5", "x")]
        found = await reader.holdings(asked)
        assert [found[one].holders for one in asked] == [2, 0, 1, 0, 0]
        assert [one.customer and one.customer.seed for one in found.values()] == [
            record_key("crm/n1"), None, record_key("crm/n3"), None, None,
        ]  # fmt: skip
        assert {edge.record for edge in await reader.observations_to(asked)} == {
            record_key(key) for key in ("crm/n1", "web/n1b", "crm/n3")
        }
        hidden = record_key("crm/s1")
        assert await reader.observations_of([hidden]) == []
        assert await reader.seeds([IDS(hidden)]) == {}

    async def test_of_several_in_scope_whoever_was_seen_first_holds_it(
        self, world: IdentityStore
    ) -> None:
        email = Identifier("email", "m")
        found = await ScopedDirectory(world, IDS, Visible(NORTH, Regions())).holdings([email])
        assert found == await world.holdings([email])
        holder = found[email].customer
        assert holder is not None
        assert holder.seed == record_key("crm/n6")

    async def test_a_record_without_a_customer_is_in_no_scope(self, world: IdentityStore) -> None:
        key = record_key("crm/n7")
        async with world.unit() as unit:
            await unit.keep(EvidenceChanges(records=[SourceRecord(key, stamp(20))]))
        assert await directory_of(world, EVERYBODY).records([key])
        assert await directory_of(world, NORTH).records([key]) == {}

    async def test_what_too_many_carry_is_not_told_of(self, world: IdentityStore) -> None:
        device = Identifier("device", "9")
        with pytest.raises(Invalid) as refused:
            await directory_of(world, EVERYBODY).by_identifier(device)
        assert refused.value.code == "IDENTIFIER_GENERIC"
        assert await directory_of(world, NORTH).by_identifier(device) == []
        reader = ScopedDirectory(world, IDS, Visible(NORTH, Regions()))
        assert await reader.holdings([device]) == {device: Holding()}

    async def test_a_deleted_record_leads_to_whom_the_scope_has(self, world: IdentityStore) -> None:
        north, south = record_key("crm/nold"), record_key("crm/sold")
        plain = await directory_of(world, EVERYBODY).by_record([north, south])
        assert plain == {north: record_key("crm/n1"), south: record_key("crm/s1")}
        scoped = directory_of(world, NORTH)
        assert await scoped.by_record([north, south]) == {north: record_key("crm/n1")}
        assert await scoped.by_id([IDS(south)]) == {}

    async def test_whoever_is_left_out_is_nobody_to_join(self, world: IdentityStore) -> None:
        new = record_key("web/new")
        observed = [(new, Identifier("phone", value)) for value in ("1", "2", "4", "5", "x")]
        found = await directory_of(world, NORTH).novelties(observed)
        joins, nobodys = Novelty.JOINS, Novelty.NEW
        assert list(found) == [joins, nobodys, joins, nobodys, nobodys]

    @pytest.mark.parametrize("scope", [Not(NORTH), NOBODY])
    async def test_of_whom_nothing_is_known_is_in_no_scope(
        self, world: IdentityStore, scope: Scope
    ) -> None:
        directory = directory_of(world, scope)
        assert await directory.by_record([record_key("crm/unknown")]) == {}
        assert await directory.by_record([record_key("crm/n1")]) == {}
        known = await directory.by_record([record_key("crm/s1")])
        assert bool(known) is (scope != NOBODY)

    async def test_what_profile_tells_is_kept_by_the_greatest_version(
        self, store: IdentityStore
    ) -> None:
        values = [
            RuleValues("a", Version(1, 2), {"region": "north", "tags": ("x",)}),
            RuleValues("a", Version(1, 1), {"region": "south"}),
            RuleValues("b", Version(1, 9), {"region": "south"}),
            RuleValues("gone", Version(1, 1), {"region": "north"}),
        ]
        await keep_rule_values(store, values[:3])
        await keep_rule_values(store, [RuleValues("b", Version(2, 1), {}), values[3]])
        await keep_rule_values(
            store, [RuleValues("gone", Version(1, 2), None), RuleValues("b", Version(1, 10), None)]
        )
        found = await store.values_of(["a", "b", "gone", "unknown"])
        assert found == {"a": {"region": "north", "tags": ("x",)}, "b": {}}


async def keep_rule_values(store: IdentityStore, values: list[RuleValues]) -> None:
    """Keep each in a unit of its own, whatever comes first."""
    for one in values:
        async with store.unit() as unit:
            await unit.keep_rule_values([one])
