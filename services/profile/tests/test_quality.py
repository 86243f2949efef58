"""How good the data is: counted as plainly reading the records says, however they come."""

from contextlib import asynccontextmanager

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.codec import decode
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import QUALITY
from c360_kernel.metrics import QUALITY_BREACHES
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.rebuild import rebuild
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_profile.bootstrap import build
from c360_profile.domain.fold import Folds
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.quality.cells import Cells
from c360_profile.domain.quality.counted import RecordCount, compared, compared_many
from c360_profile.domain.quality.recount import Counting, recounted
from c360_profile.domain.quality.tally import Share, tally_of
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers import quality as handler_quality
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.settings import ProfileSettings
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import RULES as TESTING_RULES
from c360_profile.testing.consumptions import (
    CUSTOMERS,
    HANDLER,
    KEYS,
    consume,
    consumptions,
    entry_sets,
)
from c360_profile.testing.entries import assigned, upserted
from c360_profile.testing.memory import MemoryProfileStore
from c360_profile.testing.quality import kept_cells, kept_tally, plain_cells, standing
from hypothesis import HealthCheck, given, settings
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
DAY = 86_400_000
TODAY = 1_000
NOW = TODAY * DAY
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
QUICK = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
ON_DISK = settings(QUICK, max_examples=25)


def rules_of(text):
    catalog = parse_catalog(text, "test")
    return GoldenRules(catalog, Normalizers(catalog).normalize)


RULES = rules_of(TEXT)
SAID = st.fixed_dictionaries({}, optional={n: st.sampled_from(v) for n, v in VALUES.items()})
RECORD = st.tuples(
    st.sampled_from(["crm", "web"]),
    SAID,
    st.sampled_from([NOW, NOW - 5 * DAY, NOW - 20 * DAY, NOW - 90 * DAY]),
    st.sampled_from([False, False, False, True]),
)
POPULATION = st.lists(st.lists(RECORD, max_size=4), max_size=6)


def entries_of(customers):
    """What makes these customers: of each its records."""
    found, at = [], 0
    for number, records in enumerate(customers):
        for source, traits, observed_at, deleted in records:
            at += 1
            key = RecordKey(source, str(at))
            said = {"observed_at": observed_at, "deleted": deleted}
            found.append(upserted(key, traits, at=at, **said))
            found.append(assigned(key, f"c{number}", at=at))
    return found


async def fed_with(entries, rules=RULES, store=None, tick=0):
    store, handler = store or MemoryProfileStore(), ProfileHandler(rules)
    async with store.unit() as unit:
        await unit.tick(tick)
        await handler.handle(unit, entries)
    return store


def plainly(customers, source, trait):
    """An oracle that reads all records anew for each measure."""
    living = [[one for one in records if not one[3]] for records in customers]
    mine = [(one, records) for records in living for one in records if one[0] == source]
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
    fresh = sum(NOW - one[2] <= stale * DAY for one, _ in mine)
    return {
        "completeness": Share(len(said), len(mine)),
        "validity": Share(len(values), len(said)),
        "uniqueness": Share(len(set(values)), len(values)),
        "timeliness": Share(fresh, len(mine)),
        "conflicts": Share(conflicting, compared),
    }


def trait_of(one, trait):
    value = one[1].get(trait)
    is_blank = value == () or (isinstance(value, str) and not value.strip())
    return None if is_blank else value


def normal(one, trait):
    value = trait_of(one, trait)
    return None if value is None else PLAIN[trait](value)


@QUICK
@given(POPULATION)
async def test_what_is_counted_is_what_the_records_say(customers):
    # Equal records are two records.
    customers = [[(*one,) for one in map(list, records)] for records in customers]
    tally = await kept_tally(await fed_with(entries_of(customers)), RULES, TODAY)
    said = {
        (one[0], trait)
        for records in customers
        for one in records
        for trait in PLAIN
        if not one[3] and trait_of(one, trait) is not None
    }
    assert tally.traits.keys() == said
    for source, trait in said:
        assert tally.shares(source, trait) == plainly(customers, source, trait)


@asynccontextmanager
async def on_disk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quality")
    store = SqliteProfileStore(folder / "profile.db")
    yield store
    await store.close()


@QUICK
@given(consumptions())
async def test_what_is_kept_up_is_what_counting_all_records_at_once_gives(consumption):
    _, batches = consumption
    store = await consume(MemoryProfileStore(), batches)
    assert await kept_cells(store) == await plain_cells(store, TESTING_RULES, KEYS, CUSTOMERS)


@ON_DISK
@given(consumptions(), st.data())
async def test_a_store_that_is_closed_and_opened_goes_on_counting(
    tmp_path_factory, consumption, data
):
    entries, batches = consumption
    path = tmp_path_factory.mktemp("quality") / "profile.db"
    for batch in (*batches, data.draw(st.permutations(entries))):
        store = SqliteProfileStore(path)
        await consume(store, [batch])
        await store.close()
    store = SqliteProfileStore(path)
    assert await kept_cells(store) == await plain_cells(store, TESTING_RULES, KEYS, CUSTOMERS)
    await store.close()


@QUICK
@given(entry_sets)
async def test_a_unit_that_is_not_kept_counts_nothing(entries):
    store = await consume(MemoryProfileStore(), [entries[: len(entries) // 2]])
    before = await kept_cells(store)
    with pytest.raises(ZeroDivisionError):
        async with store.unit() as unit:
            await HANDLER.handle(unit, entries)
            raise ZeroDivisionError
    assert await kept_cells(store) == before


async def test_taking_a_merge_back_gives_the_counts_of_before():
    one, other = RecordKey("crm", "1"), RecordKey("web", "2")
    apart = [
        upserted(one, {"city": "Paris", "phone": "13912345678"}, at=1),
        assigned(one, "c1", at=1),
        upserted(other, {"city": "Beijing", "phone": "13912345678"}, at=2),
        assigned(other, "c2", at=2),
    ]
    store = await fed_with(apart)
    before = await kept_cells(store)
    await fed_with([assigned(other, "c1", at=3, counter=2, left="c2")], store=store)
    shares = (await kept_tally(store, RULES, 0)).shares
    assert [shares("crm", name)["conflicts"] for name in ("city", "phone")] == [(1, 1), (0, 1)]
    await fed_with([assigned(other, "c2", at=4, counter=3, left="c1")], store=store)
    assert await kept_cells(store) == before
    assert (await kept_tally(store, RULES, 0)).shares("crm", "city")["conflicts"] == (0, 0)


async def test_what_was_deleted_is_counted_no_more():
    keys = [RecordKey("crm", str(at)) for at in range(3)]
    store = await fed_with(
        [e for key in keys for e in (upserted(key, {"city": "x"}, at=1), assigned(key, "c", at=1))]
    )
    assert (await kept_tally(store, RULES, 0)).sources["crm"].records == 3
    gone = [upserted(key, at=2, revision=2, deleted=True) for key in keys]
    await fed_with(gone, store=store)
    assert await kept_cells(store) == {"sources": {}}
    assert not store.content.counted


@pytest.mark.parametrize("least", [2, 1_000])
async def test_of_a_customer_of_very_many_records_nothing_is_compared(monkeypatch, tmp_path, least):
    monkeypatch.setattr(handler_quality, "MOST_COMPARED", 4)
    monkeypatch.setattr("c360_profile.domain.quality.rules.MOST_COMPARED", 4)
    store = SqliteProfileStore(tmp_path / "profile.db", Folds(least))
    keys = [RecordKey("crm", str(at)) for at in range(6)]
    compared = []
    for at, key in enumerate(keys):
        said = upserted(key, {"city": "A" if at else "B"}, at=at + 1)
        await fed_with([said, assigned(key, "c", at=at + 1)], store=store)
        compared.append((await kept_tally(store, RULES, 0)).shares("crm", "city")["conflicts"].of)
    assert compared == [0, 2, 3, 4, 0, 0]
    for key in keys[:3]:
        away = [assigned(key, "d", at=20, counter=2, left="c")]
        await fed_with(away, store=store)
    assert await kept_cells(store) == await plain_cells(store, RULES, keys, ["c", "d"])
    await store.close()


async def test_another_catalog_counts_everybody_anew():
    handler = ProfileHandler(RULES)
    store = MemoryProfileStore()
    await refold(store, handler, Progress("profile"))
    keys = [RecordKey("crm", str(at)) for at in range(3)]
    entries = [
        e for k in keys for e in (upserted(k, {"gender": "x"}, at=1), assigned(k, f"c{k}", at=1))
    ]
    await fed_with(entries, store=store)
    assert (await kept_tally(store, RULES, 0)).shares("crm", "gender")["validity"] == (0, 3)
    wider = rules_of(TEXT.replace("[f, m]", "[f, m, x]"))
    await refold(store, ProfileHandler(wider), Progress("profile"))
    assert (await kept_tally(store, wider, 0)).shares("crm", "gender")["validity"] == (3, 3)
    customers = [f"c{k}" for k in keys]
    assert await kept_cells(store) == await plain_cells(store, wider, keys, customers)


async def test_drift_compares_what_was_observed_lately_with_what_was_before():
    def many(filled, of, observed_at):
        return [
            [("web", {"city": "Paris"} if number < filled else {}, observed_at, False)]
            for number in range(of)
        ]

    async def drift(*customers):
        store = await fed_with(entries_of([one for some in customers for one in some]))
        return (await kept_tally(store, RULES, TODAY)).measures("web", "city").drift

    before = many(40, 40, NOW - 90 * DAY)
    assert await drift(before, many(29, 29, NOW)) is None
    assert await drift(before, many(40, 40, NOW)) == 0
    assert await drift(before, many(10, 40, NOW)) == 0.75


def counting(hashes, name="r"):
    return Counting(
        {f"crm/{name}{at}": RecordCount("crm", 0, (), {"city": h}) for at, h in enumerate(hashes)},
        {},
    )


class Texts:
    """What a store keeps, in two dictionaries."""

    def __init__(self):
        self.counted, self.cells = {}, {}

    async def read(self, names):
        return {name: self.cells[name] for name in names if name in self.cells}

    async def count(self, counting, most):
        cells = Cells(self.read)
        self.counted |= await recounted(counting, self.counted, cells, most)
        self.cells |= cells.changed()

    async def distinct(self):
        tally = await tally_of(Cells(self.read), ["crm"], {}, 0)
        return tally.traits["crm", "city"].distinct


_VALID = st.dictionaries(
    st.sampled_from("abcd"), st.sampled_from(["x", "y", 0, 1, 0.5, True, ("x",)]), max_size=4
)


@given(st.lists(st.tuples(st.sampled_from(["crm", "web"]), _VALID), max_size=3))
def test_two_records_are_compared_as_many_are(own):
    assert list(compared(own, {"c"})) == list(compared_many(own, {"c"}))


async def test_few_values_are_counted_exactly_and_many_are_estimated():
    texts, hashes = Texts(), [str(number) for number in range(20_000)]
    await texts.count(counting(hashes[:500]), 1_000)
    assert await texts.distinct() == 500
    await texts.count(counting([*hashes, *hashes[:5_000]]), 1_000)
    assert abs(await texts.distinct() - 20_000) < 2_000
    kept = sum(text.count(":") for name, text in texts.cells.items() if name.startswith("values"))
    assert kept <= 1_000


async def test_values_that_nobody_has_any_more_are_not_counted():
    texts, hashes = Texts(), [str(number) for number in range(8_000)]
    await texts.count(counting(hashes), 500)
    # Most of these were not looked at any more.
    await texts.count(Counting({f"crm/r{at}": None for at in range(200)}, {}), 500)
    assert abs(await texts.distinct() - 7_800) < 1_500
    await texts.count(Counting({f"crm/r{at}": None for at in range(200, 4_000)}, {}), 500)
    assert abs(await texts.distinct() - 4_000) < 800
    await texts.count(Counting({f"crm/r{at}": None for at in range(4_000, 8_000)}, {}), 500)
    assert not any(texts.cells.values())
    assert not any(texts.counted.values())
    # Who comes after begins exactly again.
    await texts.count(counting(hashes[:300]), 500)
    assert await texts.distinct() == 300


@pytest.mark.parametrize(
    ("part", "of", "is_told"),
    [(0, 9, False), (0, 10, True), (10, 20, True), (9, 20, False), (11, 20, False), (20, 20, True)],
)
def test_a_share_is_told_where_no_side_is_a_small_group(part, of, is_told):
    assert Share(part, of).is_told(10) is is_told


@pytest.mark.parametrize("quality", ["{validity: 2}", "{beauty: 1}", "{validity: high}", "0.5"])
def test_bounds_that_are_not_understood_refuse_the_catalog(quality):
    with pytest.raises(CatalogError):
        parse_catalog(
            "sources: {crm: {priority: 0}}\n"
            f"traits: {{city: {{type: string, tag: city, quality: {quality}}}}}",
            "test",
        )


async def told(store):
    """What was told of crossings, in order."""
    waiting = [out.entry for out in await store.outgoing(10_000)]
    return [decode(QUALITY, one.data) for one in waiting if one.topic == QUALITY]


def phones(valid, of, first=0):
    found = []
    for at in range(of):
        key = RecordKey("crm", f"{first + at}")
        phone = f"1391234{first + at:04}" if at < valid else "12"
        found += [upserted(key, {"phone": phone}, at=1), assigned(key, f"c{key.key}", at=1)]
    return found


async def test_a_crossing_is_told_once_and_again_when_it_is_over():
    before = QUALITY_BREACHES.value("validity")
    store = await fed_with(phones(8, 10))
    await fed_with(phones(2, 2, 50), store=store)
    assert await standing(store) == {"crm/phone/validity"}
    (one,) = await told(store)
    assert one.key == ("crm", "phone/validity")
    assert (one.beyond, one.value, one.bound) == (True, 0.8, 0.9)
    assert QUALITY_BREACHES.value("validity") == before + 1
    await fed_with(phones(30, 30, 100), store=store)
    assert await standing(store) == set()
    first, back = await told(store)
    assert first == one
    assert back.version > one.version
    assert (back.beyond, back.value) == (False, 40 / 42)


async def test_what_a_customers_other_record_says_crosses_the_bound_of_both_sources():
    one, other = RecordKey("crm", "1"), RecordKey("web", "1")
    store = await fed_with([upserted(one, {"city": "A"}, at=1), assigned(one, "c", at=1)])
    await fed_with([upserted(other, {"city": "B"}, at=2), assigned(other, "c", at=2)], store=store)
    assert await standing(store) == {"crm/city/conflicts", "web/city/conflicts"}
    await fed_with([upserted(other, at=3, revision=2, deleted=True)], store=store)
    assert await standing(store) == set()
    assert [one.beyond for one in await told(store)] == [True, True, False, False]
    assert (await told(store))[-1].value is None


BOUNDED = rules_of(
    """
sources: {crm: {priority: 0, staleDays: 2}, web: {priority: 1}}
identifiers: {phone: {normalizer: phone, tier: 2, limit: none, fan: 4, tag: phone}}
traits:
  phone:
    {type: string, tag: phone, identifier: phone, quality: {uniqueness: 0.9, completeness: 0.6}}
  name: {type: string, tag: name, quality: {conflicts: 0.2, timeliness: 0.5}}
  city: {type: string, tag: public}
  gender: {type: string, tag: demographic, choices: [f], quality: {validity: 0.7}}
  interests: {type: strings, tag: behaviour, survivorship: union}
"""
)
BOUNDED_HANDLER = ProfileHandler(BOUNDED)


async def bounded(batches, tick_at):
    """A store that handled these batches, with the tick that ends the tenth day among them."""
    store = MemoryProfileStore()
    await refold(store, BOUNDED_HANDLER, Progress("profile"))
    for number, batch in enumerate([*batches, []]):
        async with store.unit() as unit:
            if number == min(tick_at, len(batches)):
                await unit.tick(10 * DAY)
            await BOUNDED_HANDLER.handle(unit, batch)
        async with store.unit() as unit:
            await BOUNDED_HANDLER.wake(unit, await unit.take_due(100))
    return store


@QUICK
@given(consumptions(), st.integers(0, 8))
async def test_what_stands_depends_on_the_records_and_the_present_alone(consumption, tick_at):
    entries, batches = consumption
    store = await bounded(batches, tick_at)
    assert await standing(store) == await standing(await bounded([entries], 0))
    last = {}
    for change in await told(store):
        assert last.get(change.key) is None or change.version > last[change.key].version
        assert change.beyond is not (change.key in last and last[change.key].beyond)
        last[change.key] = change
    beyond = {f"{one.source}/{one.trait}/{one.measure}" for one in last.values() if one.beyond}
    assert beyond == await standing(store)


async def test_a_measure_that_changes_by_itself_is_looked_at_each_day():
    store = MemoryProfileStore()
    await refold(store, BOUNDED_HANDLER, Progress("profile"))
    key = RecordKey("crm", "1")
    entries = [
        upserted(key, {"name": "Ann", "phone": "13912345678"}, at=1),
        assigned(key, "c", at=1),
    ]
    await fed_with(entries, BOUNDED, store)
    for day in range(1, 6):
        async with store.unit() as unit:
            await unit.tick(day * DAY)
            due = await unit.take_due(10)
            assert [one.key for one in due] == ["quality:"]
            await BOUNDED_HANDLER.wake(unit, due)
        assert ("crm/name/timeliness" in await standing(store)) is (day > 2)
    assert (await store.waiting()).due == 6 * DAY


async def test_other_bounds_are_looked_at_when_they_begin():
    store = await fed_with(phones(8, 10))
    await refold(store, ProfileHandler(RULES), Progress("profile"))
    laxer = rules_of(TEXT.replace("validity: 0.9", "validity: 0.7"))
    await refold(store, ProfileHandler(laxer), Progress("profile"))
    assert await standing(store) == set()
    none = rules_of(TEXT.replace(", quality: {uniqueness: 0.9, validity: 0.9}", ""))
    stricter = rules_of(TEXT.replace("validity: 0.9", "validity: 1"))
    await refold(store, ProfileHandler(stricter), Progress("profile"))
    assert await standing(store) == {"crm/phone/validity"}
    await refold(store, ProfileHandler(none), Progress("profile"))
    assert await standing(store) == set()
    found = [(one.beyond, one.bound) for one in await told(store)]
    assert found == [(True, 0.9), (False, 0.7), (True, 1.0), (False, None)]


def test_a_day_is_no_record_that_is_due():
    assert handler_quality.is_counting(Scheduled(1, "quality:"))
    assert not handler_quality.is_counting(Scheduled(1, "quality/1"))


async def fed(number=12, alike=12):
    entries = []
    for at in range(1, number + 1):
        key = RecordKey("crm", str(at))
        phone = "13912345678" if at <= alike else f"138123456{at:02}"
        traits = {"city": "Paris", "phone": phone} if at > 1 else {"city": "Lyon"}
        entries += [upserted(key, traits, at=at), assigned(key, f"c{at}", at=at)]
    return await fed_with(entries)


ASK = """{ dataQuality { traits {
  source trait records filled completeness validity uniqueness breaches } } }"""


async def asked(store, **caller):
    graph = profile_subgraphs(RULES, SEALER)(store)
    stated = {"visibility": everything(RULES.catalog), **caller}
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


async def test_a_share_that_is_not_told_is_told_by_no_breach_either():
    entries = []
    for at in range(1, 13):
        key, phone = RecordKey("crm", str(at)), "12" if at < 3 else f"138123456{at:02}"
        entries += [upserted(key, {"phone": phone}, at=at), assigned(key, f"c{at}", at=at)]
    store = await fed_with(entries)
    assert (await asked(store))["phone"]["breaches"] == ["validity"]
    phone = (await asked(store, smallest_group=5))["phone"]
    assert (phone["validity"], phone["breaches"]) == (None, [])


async def test_who_is_told_of_some_customers_alone_is_told_nothing():
    assert await asked(await fed(), predicate=condition_text(SOME)) is None


def service_of(folder, rules=RULES):
    return build(ProfileSettings(data=folder), rules.catalog, SEALER)


async def work(service, log):
    store = service.open_store()
    worker = service.worker(log, store)
    while await worker.step(0):
        pass
    await worker.close()
    return store


async def on_the_log(log):
    entries = [
        entry
        for place, end in (await log.ends([QUALITY])).items()
        for entry in await log.read(place, 0, end)
    ]
    return [decode(QUALITY, one.data) for one in sorted(entries, key=lambda one: one.offset)]


async def test_a_crossing_is_an_entry_of_the_log_and_who_derives_again_comes_to_the_same(tmp_path):
    truth = [
        new_entry(one.topic, one.key, decode(one.topic, one.data), one.stamp, f"e{at}")
        for at, one in enumerate([*phones(8, 12), *phones(30, 30, 100)])
    ]
    log = SqliteLog(tmp_path)
    service = service_of(tmp_path)
    await log.append(truth[:24])
    store = await work(service, log)
    assert [(one.measure, one.beyond) for one in await on_the_log(log)] == [("validity", True)]
    await store.close()
    await log.append(truth[24:])
    store = await work(service, log)
    await (await work(service, log)).close()
    found = [(one.measure, one.beyond, one.value) for one in await on_the_log(log)]
    assert found == [("validity", True, 8 / 12), ("validity", False, 38 / 42)]
    (tmp_path / "again").mkdir()
    other = SqliteLog(tmp_path / "again")
    await other.append(truth)
    derived = await work(service_of(tmp_path / "again"), other)
    assert await standing(derived) == await standing(store) == set()
    assert await kept_cells(derived) == await kept_cells(store)
    for opened in (store, derived, log, other):
        await opened.close()


async def test_what_a_rebuild_finds_otherwise_is_told_and_outranks_what_was(tmp_path):
    log = SqliteLog(tmp_path)
    entries = [*phones(8, 12), *phones(30, 30, 100)]
    truth = [
        new_entry(one.topic, one.key, decode(one.topic, one.data), one.stamp, f"e{at}")
        for at, one in enumerate(entries)
    ]
    await log.append(truth[:24])
    await (await work(service_of(tmp_path), log)).close()
    laxer = rules_of(TEXT.replace("validity: 0.9", "validity: 0.6"))

    async def install():
        """Where it is."""

    for name, rules in (("laxer", laxer), ("same", laxer), ("again", RULES)):
        service = service_of(tmp_path / name, rules)
        store = service.open_store()
        assert await rebuild(service, log, store, install) == 0
        await store.close()
    await log.append(truth[24:])
    await (await work(service_of(tmp_path / "again"), log)).close()
    found = await on_the_log(log)
    bounds = [(True, 0.9), (False, 0.6), (True, 0.9), (False, 0.9)]
    assert [(one.beyond, one.bound) for one in found] == bounds
    versions = [one.version for one in found]
    assert versions == sorted(set(versions))
    await log.close()


async def test_a_lost_store_takes_back_what_it_does_not_find(tmp_path):
    log = SqliteLog(tmp_path)
    truth = [
        new_entry(one.topic, one.key, decode(one.topic, one.data), one.stamp, f"e{at}")
        for at, one in enumerate(phones(8, 12))
    ]
    await log.append(truth)
    await (await work(service_of(tmp_path), log)).close()
    service = service_of(tmp_path / "anew", rules_of(TEXT.replace("validity: 0.9", "validity: 0")))
    store = service.open_store()
    await service.opened(log, store)
    await store.close()
    await (await work(service, log)).close()
    assert [one.beyond for one in await on_the_log(log)] == [True, False]
    await log.close()


async def test_what_a_rebuild_finds_first_is_told(tmp_path):
    log, laxer = SqliteLog(tmp_path), rules_of(TEXT.replace("validity: 0.9", "validity: 0.6"))
    truth = [
        new_entry(one.topic, one.key, decode(one.topic, one.data), one.stamp, f"e{at}")
        for at, one in enumerate(phones(8, 12))
    ]
    await log.append(truth)
    await (await work(service_of(tmp_path, laxer), log)).close()
    assert await on_the_log(log) == []

    async def install():
        """Where it is."""

    service = service_of(tmp_path / "anew")
    store = service.open_store()
    assert await rebuild(service, log, store, install) == 0
    await store.close()
    assert [(one.beyond, one.bound) for one in await on_the_log(log)] == [(True, 0.9)]
    await log.close()
