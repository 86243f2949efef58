from itertools import permutations

import pytest
from c360_kernel.catalog.model import Survivorship
from c360_kernel.record import RecordKey
from c360_profile.domain.golden import fits
from c360_profile.domain.revision import Revision
from c360_profile.domain.survivorship import PREFERRED
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import stamp
from hypothesis import given
from hypothesis import strategies as st

VALUES = {
    "phone": st.sampled_from(["13912345678", "+86 139 1234 5678", "nonsense", " ", ""]),
    "name": st.sampled_from(["Ann", "Bob", ""]),
    "city": st.sampled_from(["Xi'an", "上海"]),
    "channel": st.sampled_from(["web", "store"]),
    "gender": st.sampled_from(["f", "m", "x"]),
    "interests": st.lists(st.sampled_from(["tea", "go", "art"]), max_size=3).map(tuple),
    "points": st.integers(0, 3),
    "spend": st.sampled_from([1.5, float("nan"), 2]),
    "unheardOf": st.just("x"),
}
keys = st.builds(RecordKey, st.sampled_from(["crm", "web", "shop", "gone"]), st.sampled_from("abc"))
revisions = st.builds(
    Revision,
    st.integers(1, 2),
    st.integers(1, 9).map(stamp),
    st.integers(1, 3),
    st.just(False),
    st.fixed_dictionaries({}, optional=VALUES),
)
customers = st.dictionaries(keys, revisions, max_size=5).map(lambda found: list(found.items()))


def record_of(source: str, observed_at: int, **traits: object):
    key = RecordKey(source, f"{source}-{observed_at}")
    return key, Revision(1, stamp(99), observed_at, False, traits)  # type: ignore[arg-type]


@given(customers, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    assert RULES.traits(shuffled) == RULES.traits(records)
    assert RULES.provenance(shuffled) == RULES.provenance(records)


@given(customers)
def test_every_golden_value_was_given_by_the_record_its_provenance_names(records):
    golden = RULES.traits(records)
    by_key = dict(records)
    for origin in RULES.provenance(records):
        alone = RULES.traits([(origin.record, by_key[origin.record])])[origin.trait]
        if origin.rule == "union":
            assert set(alone) <= set(golden[origin.trait])
        else:
            assert alone == golden[origin.trait]
        assert origin.observed_at == by_key[origin.record].observed_at
    assert {origin.trait for origin in RULES.provenance(records)} == set(golden)


@given(customers)
def test_a_trait_is_missing_only_if_no_record_has_it(records):
    golden = RULES.traits(records)
    for name, trait in CATALOG.traits.items():
        given_by = [r for _, r in records if name in r.traits and fits(trait.type, r.traits[name])]
        assert (name in golden) == bool(given_by)


@given(customers, keys, revisions)
def test_a_record_that_says_nothing_changes_nothing(records, key, revision):
    silent = Revision(revision.number, revision.stamp, revision.observed_at)
    others = [(k, r) for k, r in records if k != key]
    assert RULES.traits([*others, (key, silent)]) == RULES.traits(others)


@pytest.mark.parametrize(
    ("trait", "records", "expected", "origin"),
    [
        ("city", [record_of("crm", 1, city="A"), record_of("web", 2, city="B")], "B", "web-2"),
        (
            "channel",
            [record_of("crm", 1, channel="A"), record_of("web", 2, channel="B")],
            "A",
            "crm-1",
        ),
        ("name", [record_of("crm", 1, name="A"), record_of("web", 2, name="B")], "A", "crm-1"),
        ("name", [record_of("web", 1, name="A"), record_of("shop", 2, name="B")], "B", "shop-2"),
        ("name", [record_of("gone", 9, name="A"), record_of("shop", 2, name="B")], "B", "shop-2"),
        (
            "gender",
            [
                record_of("crm", 1, gender="f"),
                record_of("web", 2, gender="f"),
                record_of("web", 3, gender="m"),
            ],
            "f",
            "web-2",
        ),
        (
            "gender",
            [record_of("crm", 1, gender="f"), record_of("web", 3, gender="m")],
            "m",
            "web-3",
        ),
        ("name", [record_of("crm", 1, name="A"), record_of("crm", 2, name=" ")], "A", "crm-1"),
    ],
)
def test_rules(trait, records, expected, origin):
    for ordered in permutations(records):
        assert RULES.traits(ordered)[trait] == expected
        (found,) = [o for o in RULES.provenance(ordered) if o.trait == trait]
        assert found.record.key == origin


def test_a_union_is_the_sorted_set_of_all_items_and_names_all_records_newest_first():
    records = [
        record_of("crm", 1, interests=("tea", "go")),
        record_of("web", 3, interests=("art", "tea")),
        record_of("web", 2, interests=()),
    ]
    assert RULES.traits(records) == {"interests": ("art", "go", "tea")}
    assert [o.record.key for o in RULES.provenance(records)] == ["web-3", "crm-1"]


@pytest.mark.parametrize(
    ("source", "raw", "shown"),
    [
        ("crm", "139 1234 5678", "+8613912345678"),
        ("shop", "(212) 555-0187", "+12125550187"),
        ("crm", "ask at the desk", "ask at the desk"),
    ],
)
def test_an_identifier_is_shown_normalized_by_its_sources_region(source, raw, shown):
    assert RULES.traits([record_of(source, 1, phone=raw)]) == {"phone": shown}


def test_equal_times_are_decided_by_trust_and_only_arrival_times_by_stamp():
    early, late = stamp(5), stamp(7)
    dated = [
        (RecordKey("web", "a"), Revision(1, late, 3, False, {"city": "web"})),
        (RecordKey("crm", "a"), Revision(1, early, 3, False, {"city": "crm"})),
    ]
    assert RULES.traits(dated) == {"city": "crm"}
    same_ms = stamp(5)[:12] + "0001" + stamp(5)[16:]
    undated = [
        (RecordKey("web", "a"), Revision(5, same_ms, 5, False, {"city": "second"})),
        (RecordKey("crm", "a"), Revision(5, early, 5, False, {"city": "first"})),
    ]
    assert RULES.traits(undated) == {"city": "second"}


def test_every_rule_of_the_catalog_is_known():
    assert {*PREFERRED, "most_frequent", "union"} == set(Survivorship.__args__)
