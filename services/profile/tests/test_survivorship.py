from itertools import permutations

import pytest
from c360_kernel.catalog.model import Survivorship
from c360_kernel.corrections import correction_of
from c360_kernel.record import RecordKey
from c360_kernel.survivorship import Candidate, origins, weight_of
from c360_profile.domain.provenance import Contest
from c360_profile.domain.revision import Revision, Said
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
    "nickname": st.sampled_from(["", "A", "Annie", "Bobby"]),
    "highest": st.integers(0, 2),
    "firstDay": st.sampled_from(["2020-01-31", "1999-12-01", "never"]),
    "motto": st.sampled_from(["", " ", "carpe diem"]),
    "workPhone": st.sampled_from(["13912345678", "ask at the desk", ""]),
}
SOURCES = ["crm", "web", "shop", "gone", "poll", "rumour"]
keys = st.builds(RecordKey, st.sampled_from(SOURCES), st.sampled_from("abc"))
corrections = keys.map(correction_of)
revisions = st.builds(
    Revision,
    st.integers(1, 2),
    st.integers(1, 9).map(stamp),
    st.integers(1, 3),
    st.just(False),
    st.fixed_dictionaries({}, optional=VALUES),
)
customers = st.dictionaries(keys | corrections, revisions, max_size=5).map(
    lambda found: list(found.items())
)


def record_of(source: str, observed_at: int, **traits: object):
    key = RecordKey(source, f"{source}-{observed_at}")
    return key, Revision(1, stamp(99), observed_at, False, traits)  # type: ignore[arg-type]


def contest(records):
    return Contest(RULES, [Said.of(*one) for one in records])


def provenance(records):
    return list(contest(records).provenance())


def lost_of(records, trait):
    return list(contest(records).lost(trait))


@given(customers, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    assert RULES.traits(shuffled) == RULES.traits(records)
    assert provenance(shuffled) == provenance(records)


@given(customers)
def test_every_golden_value_was_given_by_the_record_its_provenance_names(records):
    golden = RULES.traits(records)
    by_key = dict(records)
    for origin in provenance(records):
        alone = RULES.traits([(origin.record, by_key[origin.record])])[origin.trait]
        if origin.rule == "union":
            assert CATALOG.traits[origin.trait].survivorship == "union"
            assert set(alone) <= set(golden[origin.trait])
        else:
            assert alone == golden[origin.trait]
        assert origin.observed_at == by_key[origin.record].observed_at
    assert {origin.trait for origin in provenance(records)} == set(golden)


@given(customers)
def test_what_is_told_is_read_by_weight_from_either_end_and_by_trust(records):
    for name, told in contest(records).told.items():
        oldest = sorted(RULES.weight(key, one) for key, one in records if name in one.traits)
        newest = oldest[::-1]
        by_trust = sorted(newest, key=lambda one: one.trust, reverse=True)
        for _ in range(2):
            assert [one.weight for one in told] == newest
            assert [one.weight for one in reversed(told)] == oldest
            assert [one.weight for one in told.most_trusted_first()] == by_trust
        assert len(told) == len(newest)


def gives(key, revision, name):
    """Whether a record has a value of a trait that says empty ones say nothing."""
    alone = RULES.traits([(key, revision)])
    return name in alone and key.source != "rumour"


@given(st.dictionaries(keys, revisions, max_size=5))
def test_a_trait_is_missing_only_if_no_record_has_it(records):
    golden = RULES.traits(records.items())
    for name, trait in CATALOG.traits.items():
        if trait.ignore_empty:
            given_by = [key for key, one in records.items() if gives(key, one, name)]
            assert (name in golden) == bool(given_by)


@given(customers)
def test_whoever_says_something_of_a_trait_wins_or_is_told_why_not(records):
    for origin in {one.trait: one for one in provenance(records)}.values():
        won = [one.record for one in provenance(records) if one.trait == origin.trait]
        lost = lost_of(records, origin.trait)
        told = [key for key, one in records if origin.trait in one.traits]
        assert sorted([*won, *(one.record for one in lost)]) == sorted(told)
        shuffled = lost_of(records[::-1], origin.trait)
        assert shuffled == lost
        assert [one.observed_at for one in lost] == sorted(
            (one.observed_at for one in lost), reverse=True
        )


@given(customers)
def test_why_a_record_lost_is_so(records):
    """Whatever is said of a loser holds of what it says beside what won, looked at alone."""
    by_key = dict(records)
    for origin in provenance(records):
        for one in lost_of(records, origin.trait):
            pair = [(key, by_key[key]) for key in (origin.record, one.record)]
            if origin.trait == "gender" or origin.rule == "union":
                continue
            assert provenance(pair)[0].trait
            (still,) = [o for o in provenance(pair) if o.trait == origin.trait]
            assert still == origin
            (again,) = lost_of(pair, origin.trait)
            assert again == one


@given(customers, keys, st.integers(1, 3), st.sampled_from(["Cy", "Di"]))
def test_what_a_steward_says_survives_whatever_the_rule(records, corrected, at, value):
    correction = correction_of(corrected)
    others = [(key, one) for key, one in records if key.source != "steward"]
    said = {"name": value, "gender": value, "channel": value, "interests": (value,), "highest": 0}
    told = [*others, (correction, Revision(1, stamp(at), at, False, said))]
    golden = RULES.traits(told)
    assert {name: golden[name] for name in said} == said
    by_trait = {one.trait: one for one in provenance(told)}
    assert {by_trait[name].rule for name in said} == {"correction"}
    for name in said:
        losses = {one.loss for one in lost_of(told, name)}
        assert losses <= {"corrected", "empty", "invalid", "untrusted"}


def test_a_steward_says_that_there_is_none():
    told = [record_of("crm", 9, name="A", points=3, interests=("tea",))]
    nothing = {"name": " ", "interests": ()}
    corrected = (RecordKey("steward", "crm/crm-9"), Revision(1, stamp(1), 1, False, nothing))
    assert RULES.traits([*told, corrected]) == {"points": 3}
    assert [one.trait for one in provenance([*told, corrected])] == ["points"]
    assert RULES.traits([corrected]) == {}


def test_a_correction_is_at_home_where_the_record_is_that_it_corrects():
    said = Revision(1, stamp(1), 1, False, {"phone": "(212) 555-0187"})
    assert RULES.traits([(RecordKey("steward", "shop/1/2"), said)]) == {"phone": "+12125550187"}


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
        (
            "nickname",
            [record_of("crm", 2, nickname="Bo"), record_of("web", 1, nickname="Bob")],
            "Bob",
            "web-1",
        ),
        (
            "nickname",
            [record_of("crm", 2, nickname="Bea"), record_of("web", 1, nickname="Bob")],
            "Bea",
            "crm-2",
        ),
        ("highest", [record_of("crm", 1, highest=7), record_of("web", 2, highest=3)], 7, "crm-1"),
        (
            "firstDay",
            [
                record_of("crm", 2, firstDay="2020-01-31"),
                record_of("web", 1, firstDay="1999-12-01"),
            ],
            "1999-12-01",
            "web-1",
        ),
        (
            "firstDay",
            [
                record_of("crm", 2, firstDay="2020-01-31"),
                record_of("web", 1, firstDay="2020-01-31"),
            ],
            "2020-01-31",
            "crm-2",
        ),
        ("motto", [record_of("crm", 2, motto="A"), record_of("web", 1, motto="")], "A", "crm-2"),
        (
            "workPhone",
            [record_of("crm", 2, workPhone="none"), record_of("web", 1, workPhone="13912345678")],
            "+8613912345678",
            "web-1",
        ),
        ("name", [record_of("rumour", 2, name="A"), record_of("gone", 1, name="B")], "B", "gone-1"),
        (
            "gender",
            [
                record_of("poll", 3, gender="f"),
                record_of("poll", 4, gender="f"),
                record_of("crm", 1, gender="m"),
            ],
            "m",
            "crm-1",
        ),
    ],
)
def test_rules(trait, records, expected, origin):
    for ordered in permutations(records):
        assert RULES.traits(ordered)[trait] == expected
        (found,) = [o for o in provenance(ordered) if o.trait == trait]
        assert found.record.key == origin


def test_a_union_is_the_sorted_set_of_all_items_and_names_all_records_newest_first():
    records = [
        record_of("crm", 1, interests=("tea", "go")),
        record_of("web", 3, interests=("art", "tea")),
        record_of("web", 2, interests=()),
    ]
    assert RULES.traits(records) == {"interests": ("art", "go", "tea")}
    assert [o.record.key for o in provenance(records)] == ["web-3", "crm-1"]


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


def test_an_empty_value_that_counts_says_that_there_is_none():
    records = [record_of("crm", 2, motto=" "), record_of("web", 1, motto="A")]
    assert RULES.traits(records) == {}
    assert provenance(records) == []
    assert RULES.traits(records[:1]) == {}


@pytest.mark.parametrize(
    ("trait", "winner", "loser", "loss"),
    [
        ("city", record_of("crm", 2, city="A"), record_of("crm", 1, city="A"), "older"),
        ("city", record_of("crm", 2, city="A"), record_of("web", 2, city="B"), "less_trusted"),
        ("channel", record_of("crm", 1, channel="A"), record_of("crm", 2, channel="B"), "newer"),
        ("name", record_of("crm", 1, name="A"), record_of("web", 2, name="B"), "less_trusted"),
        ("name", record_of("crm", 2, name="A"), record_of("crm", 1, name="B"), "older"),
        ("name", record_of("crm", 1, name="A"), record_of("crm", 2, name=" "), "empty"),
        ("phone", record_of("crm", 1, phone="A"), record_of("crm", 2, phone=("B",)), "invalid"),
        ("name", record_of("crm", 1, name="A"), record_of("rumour", 2, name="B"), "untrusted"),
        ("gender", record_of("web", 1, gender="A"), record_of("poll", 2, gender="B"),
         "less_frequent"),
        ("gender", record_of("web", 2, gender="A"), record_of("web", 1, gender="A"), "older"),
        ("nickname", record_of("web", 1, nickname="AA"), record_of("crm", 2, nickname="B"),
         "shorter"),
        ("highest", record_of("web", 1, highest=2), record_of("crm", 2, highest=1), "smaller"),
        ("firstDay", record_of("web", 1, firstDay="1999-01-01"),
         record_of("crm", 2, firstDay="2000-01-01"), "greater"),
        ("interests", record_of("web", 1, interests=("a",)), record_of("web", 2, interests=()),
         "empty"),
        ("workPhone", record_of("web", 1, workPhone="13912345678"),
         record_of("crm", 2, workPhone="none"), "invalid"),
        ("motto", record_of("web", 2, motto="A"), record_of("web", 1, motto=""), "older"),
    ],
)  # fmt: skip
def test_why_a_record_lost(trait, winner, loser, loss):
    for told in permutations([winner, loser]):
        (lost,) = lost_of(told, trait)
        assert lost == (loser[0], loser[1].observed_at, loser[1].traits[trait], loss)


def test_of_a_trait_that_nobody_tells_nobody_lost():
    assert lost_of([record_of("crm", 1, name="A")], "city") == []


def test_every_rule_of_the_catalog_is_known():
    records = [record_of("crm", 1), record_of("web", 2)]
    for name in Survivorship.__args__:
        weighed = [Candidate("a", weight_of(*one, 0)) for one in records]
        assert len(origins(name, weighed, lambda one: one)) == (2 if name == "union" else 1)
        assert name in {trait.survivorship for trait in CATALOG.traits.values()}
