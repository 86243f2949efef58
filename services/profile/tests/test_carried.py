"""Identifiers that records carry: by parts, in their normal forms, by the catalog in force."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.facts import Carrying, carried_fact
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.corrections import correction_of
from c360_kernel.log.entry import Partition, entry_at
from c360_kernel.log.topics import RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.projection.progress import Progress
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.record_parts import trait_part
from c360_kernel.testing.entries import new_entry
from c360_profile.domain.carried import Carrying as Reader
from c360_profile.domain.carried import identifiers_in, with_identifiers
from c360_profile.domain.golden import GoldenRules
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import assigned, stamp, upserted
from hypothesis import given
from hypothesis import strategies as st

CRM, SHOP = RecordKey("crm", "1"), RecordKey("shop", "1")
CHINESE, AMERICAN = "+8613912345678", "+12025550143"


NUMBERS = st.sampled_from(["13912345678", CHINESE, "139 1234 5678", "nobody", "0", "j@d.example"])
TYPES = st.sampled_from([*CATALOG.identifiers, "unheard"])
LISTED = st.lists(st.builds(Identifier, TYPES, NUMBERS), max_size=6)
TRAITS = st.dictionaries(st.sampled_from([*CATALOG.traits]), NUMBERS, max_size=4)


@given(LISTED, TRAITS)
def test_of_one_state_all_is_carried_that_any_part_says(listed, traits):
    def normal(one):
        return RULES.normalize(one, "CN")

    raw, reader = with_identifiers(traits, listed), Reader(CATALOG)
    assert reader.all_said(raw, normal) == {one for _, one in reader.said(raw, normal)}


@pytest.fixture
async def store(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    yield store
    await store.close()


async def consume(store, *entries, rules=RULES):
    async with store.unit() as unit:
        await ProfileHandler(rules).handle(unit, entries)


def patched(key, traits, *, at):
    """A patch of the telephone alone, as it is collected."""
    listed = tuple(Identifier("phone", one) for one in traits.values())
    said = RecordUpserted(key, at, at, False, listed, traits, True, (trait_part("phone"),))
    return entry_at(new_entry(RECORDS, str(key), said, stamp(at)), Partition(RECORDS, 0), at)


async def carried(store, key):
    return identifiers_in((await store.records([key]))[key].carried)


async def who_carries(store, type_, value=None):
    return await store.matching(ValueTest(carried_fact(Carrying(type_, value)), "at_least", 1))


async def test_traits_and_identifiers_are_carried_in_the_normal_form_of_their_source(store):
    say = [("phone", "139 1234 5678"), ("phone", "none"), ("unheard_of", "1")]
    await consume(
        store,
        upserted(CRM, {"phone": "+86 13912345678", "name": "Ann"}, at=1, identifiers=say),
        upserted(SHOP, {"workPhone": "(202) 555-0143"}, at=2),
    )
    assert await carried(store, CRM) == await carried(store, SHOP) == ()
    await consume(store, assigned(CRM, "c1", at=3), assigned(SHOP, "c2", at=3))
    assert await carried(store, CRM) == (Identifier("phone", CHINESE),)
    assert await carried(store, SHOP) == (Identifier("phone", AMERICAN),)


async def test_what_a_steward_corrects_finds_nobody(store):
    correction = correction_of(CRM)
    await consume(
        store,
        upserted(CRM, {"phone": CHINESE}, at=1),
        upserted(correction, {"phone": "+8613700000001"}, at=2),
        assigned(CRM, "c1", at=3),
        assigned(correction, "c1", at=3),
    )
    assert await carried(store, CRM) == (Identifier("phone", CHINESE),)
    assert await carried(store, correction) == ()
    assert await who_carries(store, "phone", "+8613700000001") == []
    assert await who_carries(store, "phone", CHINESE) == ["c1"]


async def test_a_patch_of_one_type_leaves_the_others_and_the_traits(store):
    cards = [("member_card", "AB1234567")]
    await consume(
        store,
        assigned(CRM, "c1", at=1),
        upserted(CRM, {"phone": CHINESE}, at=2, identifiers=cards),
        upserted(CRM, at=3, revision=2, removed=(), identifiers=[("member_card", "AB7654321")]),
    )
    assert await carried(store, CRM) == (
        Identifier("member_card", "AB7654321"),
        Identifier("phone", CHINESE),
    )
    assert await who_carries(store, "member_card", "AB1234567") == []
    await consume(store, upserted(CRM, at=4, revision=3, removed=["phone"]))
    assert await carried(store, CRM) == (Identifier("member_card", "AB7654321"),)
    assert await who_carries(store, "phone") == []


async def test_what_a_trait_says_goes_with_the_trait_though_it_is_listed_too(store):
    """Whoever collects lists what traits say among the identifiers."""
    await consume(
        store,
        assigned(CRM, "c1", at=1),
        upserted(CRM, {"phone": CHINESE}, at=2, identifiers=[("phone", "139 1234 5678")]),
    )
    assert await carried(store, CRM) == (Identifier("phone", CHINESE),)
    await consume(store, patched(CRM, {"phone": AMERICAN}, at=3))
    assert await carried(store, CRM) == (Identifier("phone", AMERICAN),)
    assert await who_carries(store, "phone", CHINESE) == []
    await consume(store, patched(CRM, {}, at=4))
    assert await carried(store, CRM) == ()


async def test_who_carries_follows_a_record_to_another_customer_and_back(store):
    await consume(
        store,
        upserted(CRM, {"phone": CHINESE}, at=1),
        upserted(SHOP, {"phone": AMERICAN}, at=2),
        assigned(CRM, "c1", at=3),
        assigned(SHOP, "c2", at=3),
    )
    assert await who_carries(store, "phone", AMERICAN) == ["c2"]
    await consume(store, assigned(SHOP, "c1", at=4, counter=2, left="c2"))
    assert await who_carries(store, "phone", AMERICAN) == ["c1"]
    await consume(store, assigned(SHOP, "c2", at=5, counter=3, left="c1"))
    assert sorted(await who_carries(store, "phone")) == ["c1", "c2"]
    await consume(store, upserted(SHOP, at=6, revision=2, deleted=True))
    assert await who_carries(store, "phone") == ["c1"]


async def test_a_changed_catalog_reads_what_is_carried_anew(store):
    text = """
      sources: {crm: {priority: 0, region: US}}
      identifiers: {phone: {normalizer: phone, tier: 2, limit: none, fan: 4, tag: phone}}
      traits: {phone: {type: string, tag: phone, survivorship: latest, identifier: phone}}
    """
    other = parse_catalog(text, "testing")
    rules = GoldenRules(other, Normalizers(other).normalize)
    await refold(store, ProfileHandler(RULES), Progress("profile"))
    say = [("phone", "202 555 0143")]
    await consume(store, upserted(CRM, at=1, identifiers=say), assigned(CRM, "c1", at=2))
    assert await who_carries(store, "phone", AMERICAN) == []
    await refold(store, ProfileHandler(rules), Progress("profile"))
    assert await who_carries(store, "phone", AMERICAN) == ["c1"]
    await refold(store, ProfileHandler(RULES), Progress("profile"))
    assert await who_carries(store, "phone", AMERICAN) == []
    assert CATALOG.identifiers
