"""What is remembered of values says what judging them anew says, and spares it."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.corrections import STEWARD
from c360_kernel.projection.progress import Progress
from c360_kernel.record import RecordKey
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.judged import judged_text, read_judged
from c360_profile.domain.revision import Revision
from c360_profile.domain.shown import Shown
from c360_profile.handlers.catalog_change import refold
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.entries import assigned, upserted
from hypothesis import given
from hypothesis import strategies as st

TEXT = """
identifiers:
  phone: {tier: 1, normalizer: phone, tag: phone}
sources:
  crm: {priority: 0, region: CN}
  shop: {priority: 1, region: US}
  rumour: {priority: 2, trust: 0}
traits:
  phone: {type: string, tag: phone, identifier: phone}
  work: {type: string, tag: phone, identifier: phone, onlyIfValid: true}
  tier: {type: string, tag: public, ignoreEmpty: false, synonyms: {gold: [金]}}
  grade: {type: string, tag: public, choices: [a, b], survivorship: most_frequent}
  likes: {type: strings, tag: behaviour, survivorship: union}
  lines: {type: strings, tag: phone, identifier: phone, ignoreEmpty: false}
  name: {type: string, tag: name}
  points: {type: int, tag: public, minimum: 0}
"""


def rules_of(text):
    catalog = parse_catalog(text, "catalog.yaml")
    return GoldenRules(catalog, Normalizers(catalog).normalize)


RULES = rules_of(TEXT)
OTHERS = [
    rules_of(TEXT.replace("region: CN", "region: US")),
    rules_of(TEXT.replace("[a, b]", "[a, b, x]")),
    rules_of(TEXT.replace("[金]", "[金, x]")),
    rules_of(TEXT.replace("identifier: phone, ignoreEmpty", "ignoreEmpty")),
]
TEXTS = st.sampled_from(
    ["", " ", "x", "a", "金", "gold", "13626009529", "138 0013 8000", "202 555 0143", "+1"]
)
VALUES = TEXTS | st.lists(TEXTS, max_size=2).map(tuple) | st.sampled_from([-1, 7, 1.5, True])
SAID = st.dictionaries(st.sampled_from([*RULES.catalog.traits, "gone"]), VALUES)
KEYS = st.sampled_from([RecordKey(s, "1") for s in ("crm", "shop", "rumour", "new", STEWARD)])
A = RecordKey("crm", "a")


def saying(traits, number=1):
    return Revision(number, f"{number:028x}", number, traits=traits)


@given(KEYS, st.lists(SAID, min_size=1, max_size=3), st.sampled_from([RULES, *OTHERS]))
def test_what_is_remembered_is_what_is_found_anew(key, said, rules):
    before = None
    for traits in said:
        before = RULES.judged(key, saying(traits), before)
        kept = before.remembering(read_judged(judged_text(before.judged)))
        bare = saying(traits)
        assert kept == bare
        assert rules.valid(key, kept) == rules.valid(key, bare)
        assert dict(rules.offers(key, kept)) == dict(rules.offers(key, bare))


@given(KEYS, SAID, st.sampled_from([RULES, *OTHERS]))
def test_what_is_offered_is_what_is_shown_of_each_value(key, said, rules):
    source = rules.catalog.sources.get(key.source)
    region = source.region if source else "CN"
    kept = rules.judged(key, saying(said), None)
    shown = Shown(rules.catalog.traits, rules.normalize)
    expected = {
        name: value
        for name, raw in said.items()
        if (trait := rules.catalog.traits.get(name)) and key.source not in ("rumour", STEWARD)
        if (value := shown.value(trait, raw, region)) is not None
    }
    if key.source != STEWARD:
        assert rules.offers(key, kept) == expected


@given(st.lists(st.tuples(KEYS, SAID), min_size=1, max_size=4), st.sampled_from([RULES, *OTHERS]))
def test_what_is_remembered_folds_alike(told, rules):
    records = [
        (RecordKey(key.source, str(at)), saying(traits, at + 1))
        for at, (key, traits) in enumerate(told)
    ]
    kept = [(key, RULES.judged(key, said, None)) for key, said in records]
    assert rules.traits(kept) == rules.traits(records)


def test_another_catalog_has_another_basis():
    assert len({one.basis for one in [RULES, *OTHERS]}) == 1 + len(OTHERS)


def test_what_another_catalog_found_is_not_believed():
    said = saying({"grade": "x"})
    assert OTHERS[1].valid(A, RULES.judged(A, said, None)) == {"grade": "x"}
    assert RULES.valid(A, OTHERS[1].judged(A, said, None)) == {}


@pytest.fixture
async def store(tmp_path):
    opened = SqliteProfileStore(tmp_path / "profile.db")
    yield opened
    await opened.close()


async def feed(store, rules, *entries):
    async with store.unit() as unit:
        await ProfileHandler(rules).handle(unit, entries)


def counting():
    asked = []
    catalog = parse_catalog(TEXT, "catalog.yaml")
    normalize = Normalizers(catalog).normalize

    def noticed(identifier, region):
        asked.append(identifier.value)
        return normalize(identifier, region)

    return GoldenRules(catalog, noticed), asked


async def test_what_a_record_says_as_before_is_not_judged_again(store):
    said = {"phone": "136-2600-9529", "points": 1}
    await feed(store, RULES, upserted(A, said, at=1), assigned(A, "c", at=1))
    rules, asked = counting()
    await feed(store, rules, upserted(A, {**said, "points": 2}, at=2, revision=2))
    assert asked == []
    customer = (await store.customers(["c"]))["c"]
    assert customer.traits == {"phone": "+8613626009529", "points": 2}
    await feed(store, rules, upserted(A, {"phone": "137-0255-2731"}, at=3, revision=3))
    assert set(asked) == {"137-0255-2731"}
    assert (await store.customers(["c"]))["c"].traits == {"phone": "+8613702552731"}


async def test_it_is_remembered_once_the_record_is_somebodys(store):
    await feed(store, RULES, upserted(A, {"phone": "136-2600-9529"}, at=1))
    assert (await store.records([A]))[A].latest.judged is None
    await feed(store, RULES, assigned(A, "c", at=2))
    judged = (await store.records([A]))[A].latest.judged
    assert judged == (RULES.basis, {"phone": "+8613626009529"})


async def test_another_catalog_judges_what_is_kept_anew(store):
    await refold(store, ProfileHandler(RULES), Progress("profile"))
    await feed(store, RULES, upserted(A, {"grade": "x"}, at=1), assigned(A, "c", at=1))
    assert (await store.customers(["c"]))["c"].traits == {}
    wider = OTHERS[1]
    await refold(store, ProfileHandler(wider), Progress("profile"))
    assert (await store.customers(["c"]))["c"].traits == {"grade": "x"}
    assert (await store.records([A]))[A].latest.judged == (wider.basis, {"grade": "x"})
