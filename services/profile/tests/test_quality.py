"""How good the data is: counted as plainly reading the records says, however they are cut."""

from __future__ import annotations

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.log.entry import Partition
from c360_kernel.metrics import QUALITY_BREACHES
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_profile.domain.distinct import Distinct
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.quality import Breach, QualityRules, Share, Tally
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.graph import profile_subgraphs
from c360_profile.graph.quality_turns import QualityTurns
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.testing.entries import assigned, stamp, upserted
from c360_profile.testing.memory import MemoryProfileStore
from hypothesis import given, settings
from hypothesis import strategies as st

TEXT = """
sources:
  crm: {priority: 0, staleDays: 10}
  web: {priority: 1}
identifiers:
  phone: {normalizer: phone, tier: 2, limit: none, fan: 4, tag: phone}
traits:
  phone: {type: string, tag: phone, identifier: phone, quality: {uniqueness: 0.9, validity: 0.9}}
  city: {type: string, tag: city, synonyms: {Beijing: [BJ]}, quality: {conflicts: 0.4}}
  gender: {type: string, tag: demographic, choices: [f, m]}
  interests: {type: strings, tag: behaviour, survivorship: union}
"""
CATALOG = parse_catalog(TEXT, "test")
RULES = QualityRules(GoldenRules(CATALOG, Normalizers(CATALOG).normalize))
DAY = 86_400_000
NOW = 1_000 * DAY
SOME = ValueTest("city", "equals", "Paris")
VALUES = {
    "phone": ["13912345678", "+86 139 1234 5678", "13812345678", "12", ""],
    "city": ["Beijing", "BJ", "Paris", " "],
    "gender": ["f", "m", "x"],
    "interests": [("tea",), ("go",), ()],
    "unheardOf": ["x"],
}
PHONES = {
    "13912345678": "+8613912345678",
    "+86 139 1234 5678": "+8613912345678",
    "13812345678": "+8613812345678",
}
PLAIN = {
    "phone": PHONES.get,
    "city": lambda value: "Beijing" if value == "BJ" else value.strip() or None,
    "gender": lambda value: value if value in ("f", "m") else None,
    "interests": lambda value: value or None,
}
_counter = iter(range(10**9))


def record(source, traits, observed_at=NOW, deleted=False):
    key = RecordKey(source, str(next(_counter)))
    return SourceRecord(key, latest=Revision(1, stamp(1), observed_at, deleted, traits))


RECORD = st.builds(
    record,
    st.sampled_from(["crm", "web"]),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in VALUES.items()}),
    st.sampled_from([NOW, NOW - 5 * DAY, NOW - 20 * DAY, NOW - 90 * DAY]),
    st.sampled_from([False, False, False, True]),
)
CUSTOMERS = st.lists(st.lists(RECORD, max_size=4), max_size=6)


def counted(customers):
    tally = Tally()
    for own in customers:
        RULES.count(own, NOW, tally)
    return tally


def plainly(customers, source, trait):
    """An oracle that reads all records anew for each measure."""
    own = [
        (one, [two for two in records if not two.latest.deleted])
        for records in customers
        for one in records
        if not one.latest.deleted
    ]
    mine = [(one, others) for one, others in own if one.key.source == source]
    said = [(one, others) for one, others in mine if trait_of(one, trait) is not None]
    values = [normal(one, trait) for one, _ in said if normal(one, trait) is not None]
    compared = conflicting = 0
    for one, others in said:
        told = [normal(two, trait) for two in others if two is not one]
        told = [value for value in told if value is not None]
        if normal(one, trait) is None or not told or trait == "interests":
            continue
        compared += 1
        conflicting += len({*told, normal(one, trait)}) > 1
    stale = 10 if source == "crm" else 10_000
    fresh = sum(NOW - one.latest.observed_at <= stale * DAY for one, _ in mine)
    return {
        "completeness": Share(len(said), len(mine)),
        "validity": Share(len(values), len(said)),
        "uniqueness": Share(len(set(values)), len(values)),
        "timeliness": Share(fresh, len(mine)),
        "conflicts": Share(conflicting, compared),
    }


def trait_of(one, trait):
    value = one.latest.traits.get(trait)
    is_blank = value == () or (isinstance(value, str) and not value.strip())
    return None if is_blank else value


def normal(one, trait):
    value = trait_of(one, trait)
    return None if value is None else PLAIN[trait](value)


@settings(deadline=None, max_examples=60)
@given(CUSTOMERS, st.data())
def test_what_is_counted_is_what_the_records_say_in_any_order_and_cuts(customers, data):
    tally = counted(customers)
    for source, trait in tally.traits:
        assert tally.shares(source, trait) == plainly(customers, source, trait)
    shuffled = data.draw(st.permutations(customers))
    cut = data.draw(st.integers(0, len(shuffled)))
    parts = counted(shuffled[:cut])
    parts.add(counted(shuffled[cut:]))
    assert parts.sources == tally.sources
    assert parts.traits.keys() == tally.traits.keys()
    assert all(parts.shares(*place) == tally.shares(*place) for place in tally.traits)


def test_drift_compares_what_was_observed_lately_with_what_was_before():
    def many(filled, of, observed_at):
        return [
            [record("web", {"city": "Paris"} if number < filled else {}, observed_at)]
            for number in range(of)
        ]

    before = many(40, 40, NOW - 90 * DAY)
    assert counted([*before, *many(29, 29, NOW)]).measures("web", "city").drift is None
    assert counted([*before, *many(40, 40, NOW)]).measures("web", "city").drift == 0
    assert counted([*before, *many(10, 40, NOW)]).measures("web", "city").drift == 0.75


@given(st.sets(st.integers(), max_size=50), st.sets(st.integers(), max_size=50))
def test_few_values_are_counted_exactly_and_once(one, other):
    counts = [Distinct(), Distinct()]
    for count, values in zip(counts, (one, other), strict=True):
        for value in (*values, *values):
            count.add(value)
    counts[0].take_over(counts[1])
    assert counts[0].count == len(one | other)


def test_many_values_are_estimated_and_in_the_same_way_in_any_order():
    one, other = Distinct(), Distinct()
    for value in range(20_000):
        one.add(value)
        other.add(19_999 - value)
    assert one.count == other.count
    assert abs(one.count - 20_000) < 2_000


@pytest.mark.parametrize(
    ("part", "of", "is_told"),
    [(0, 9, False), (0, 10, True), (10, 20, True), (9, 20, False), (11, 20, False), (20, 20, True)],
)
def test_a_share_is_told_where_no_side_is_a_small_group(part, of, is_told):
    assert Share(part, of).is_told(10) is is_told


def test_beyond_a_bound_is_a_breach():
    phones = [[record("crm", {"phone": "13912345678"})] for _ in range(3)]
    cities = [[record("web", {"city": "Paris"}), record("web", {"city": "BJ"})]]
    assert RULES.breaches(counted([*phones, *cities])) == [
        Breach("crm", "phone", "uniqueness"),
        Breach("web", "city", "conflicts"),
    ]
    assert RULES.breaches(counted([])) == []


def phones(valid, of):
    said = ["13912345678"] * valid + ["12"] * (of - valid)
    return counted([[record("crm", {"phone": one})] for one in said])


VALIDITY = Breach("crm", "phone", "validity")
CONFLICTS = Breach("web", "city", "conflicts")


@pytest.mark.parametrize(
    ("valid", "fresh", "standing"),
    [(89, True, True), (90, False, True), (91, False, True), (92, False, False)],
)
def test_a_measure_at_its_bound_is_told_once_and_is_back_a_little_within_it(valid, fresh, standing):
    tally = phones(valid, 100)
    assert (VALIDITY in RULES.raised(tally, ())) is fresh
    assert (VALIDITY in RULES.raised(tally, [VALIDITY])) is standing


def test_a_bound_that_is_all_or_nothing_can_be_kept_again():
    strict = parse_catalog(TEXT.replace("0.4", "0").replace("validity: 0.9", "validity: 1"), "test")
    rules = QualityRules(GoldenRules(strict, Normalizers(strict).normalize))
    alike = counted([[record("web", {"city": "BJ"}), record("web", {"city": "Beijing"})]])
    assert CONFLICTS not in rules.raised(alike, [CONFLICTS])
    assert VALIDITY not in rules.raised(phones(100, 100), [VALIDITY])
    assert VALIDITY in rules.raised(phones(99, 100), ())


@pytest.mark.parametrize("quality", ["{validity: 2}", "{beauty: 1}", "{validity: high}", "0.5"])
def test_bounds_that_are_not_understood_refuse_the_catalog(quality):
    with pytest.raises(CatalogError):
        parse_catalog(
            "sources: {crm: {priority: 0}}\n"
            f"traits: {{city: {{type: string, tag: city, quality: {quality}}}}}",
            "test",
        )


async def fed(number=12, alike=12):
    store = MemoryProfileStore()
    entries = []
    for at in range(1, number + 1):
        key = RecordKey("crm", str(at))
        phone = "13912345678" if at <= alike else f"138123456{at:02}"
        traits = {"city": "Paris", "phone": phone} if at > 1 else {"city": "Lyon"}
        entries += [upserted(key, traits, at=at), assigned(key, f"c{at}", at=at)]
    async with store.unit() as unit:
        await ProfileHandler(GoldenRules(CATALOG, Normalizers(CATALOG).normalize)).handle(
            unit, entries
        )
    return store


ASK = """{ dataQuality { traits {
  source trait records filled completeness validity uniqueness breaches } } }"""


async def asked(store, **caller):
    graph = profile_subgraphs(GoldenRules(CATALOG, Normalizers(CATALOG).normalize), SEALER)(store)
    stated = {"visibility": everything(CATALOG), **caller}
    answer = await graph.execute(ASK, None, None, CallerContext("ann", ("r",), **stated))
    await graph.close()
    found = answer["data"]["dataQuality"]
    return found if found is None else {one["trait"]: one for one in found["traits"]}


async def test_each_trait_that_is_seen_is_told():
    found = await asked(await fed())
    assert found["phone"] == {
        "source": "crm",
        "trait": "phone",
        "records": 12,
        "filled": 11,
        "completeness": 11 / 12,
        "validity": 1.0,
        "uniqueness": 1 / 11,
        "breaches": ["uniqueness"],
    }
    seen = Visibility(frozenset({"Profile.city"}), frozenset())
    assert (await asked(await fed(), visibility=seen)).keys() == {"city"}


async def test_who_is_told_of_no_small_group_gets_no_share_that_tells_of_one():
    found = await asked(await fed(), smallest_group=5)
    assert (found["city"]["records"], found["city"]["completeness"]) == (10, 1.0)
    phone = found["phone"]
    # One record alone has no phone, and one number alone is shared.
    assert (phone["filled"], phone["completeness"], phone["uniqueness"]) == (10, None, None)
    assert await asked(await fed(4), smallest_group=5) == {}
    # A share beside a rounded count tells no exact number: 60 of 71 numbers, 0.845.
    coarse = await asked(await fed(72, alike=12), smallest_group=5)
    assert (coarse["phone"]["records"], coarse["phone"]["uniqueness"]) == (70, 0.85)


async def test_who_is_told_of_some_customers_alone_is_told_nothing():
    assert await asked(await fed(), predicate=condition_text(SOME)) is None


async def test_a_breach_is_counted_once_and_a_store_that_stands_still_is_not_read_again():
    store, now = await fed(), [NOW]
    turns = QualityTurns(store, store.positions, RULES, lambda: now[0])
    before = QUALITY_BREACHES.value("uniqueness")
    first = await turns.latest()
    assert first is not None and Breach("crm", "phone", "uniqueness") in first.breaches
    now[0] += 10 * DAY
    assert await turns.latest() is first
    async with store.unit() as unit:
        await unit.advance({}, {Partition("records", 0): 7})
    second = await turns.latest()
    assert second is not None and second.at == now[0]
    assert QUALITY_BREACHES.value("uniqueness") == before + 1
    await turns.close()
