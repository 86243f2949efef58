"""The generated world keeps its promises: repeatable, conforming, hazardous, and solvable."""

import csv
import hashlib
import json
from collections import Counter, defaultdict
from random import Random

import pytest
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.catalog.normalizers.national_id import is_chinese_id
from c360_kernel.catalog.values import (
    check_identifiers,
    check_properties,
    check_purpose,
    check_source,
    check_traits,
    trait_identifiers,
)
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, solve
from c360_kernel.record import RecordKey
from c360_kernel.value_types import parse_instant

from c360_cli.generate import World, generate_world, write_world
from c360_cli.generate.handwriting import mistype
from c360_cli.generate.numbers import american_phone, chinese_mobile, member_card, national_id
from c360_cli.generate.people import make_people

CATALOG = default_catalog()
NORMALIZERS = Normalizers(CATALOG)


@pytest.fixture(scope="module")
def world() -> World:
    return generate_world(seed=1, customers=1000)


def pairs_of(identifiers) -> list[tuple[str, str]]:
    return [(type_, value) for type_, values in identifiers.items() for value in values]


def identifiers_of(record) -> set:
    """What a projection sees of a record: normalized, malformed ones left out."""
    checked = check_identifiers(CATALOG, pairs_of(record.identifiers))
    traits = check_traits(CATALOG, getattr(record, "traits", {}))
    raw = checked.identifiers + trait_identifiers(CATALOG, traits.values)
    region = CATALOG.sources[record.source].region
    return {found for each in raw if (found := NORMALIZERS.normalize(each, region))}


def evidence_of(world: World) -> Evidence:
    ages, seen = {}, {}
    for number, found in enumerate([*world.all_records(), *world.events]):
        record, stamp = RecordKey(found.source, found.key), f"{number:028x}"
        ages.setdefault(record, stamp)
        for identifier in identifiers_of(found):
            seen.setdefault((record, identifier), stamp)
    return Evidence(ages, [Edge(0, stamp, i, record) for (record, i), stamp in seen.items()])


def linked(groups) -> int:
    """How many pairs are together."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def test_a_seed_names_a_world():
    assert generate_world(5, 60) == generate_world(5, 60)
    assert generate_world(5, 60) != generate_world(6, 60)


def test_written_files_are_the_same_byte_for_byte(tmp_path):
    for name in ("a", "b"):
        write_world(generate_world(3, 40), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == [
        "consents.jsonl",
        "crm.jsonl",
        "erp.jsonl",
        "events.jsonl",
        "miniprogram.jsonl",
        "store.jsonl",
        "truth.csv",
        "web.jsonl",
    ]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_lines_read_back(tmp_path):
    world = generate_world(3, 40)
    write_world(world, tmp_path)
    lines = (tmp_path / "crm.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [r.line() for r in world.records["crm"]]
    assert set(json.loads(lines[0])) == {
        "source",
        "key",
        "revision",
        "observedAt",
        "identifiers",
        "traits",
    }
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["source"], row["key"]): row["person"] for row in rows} == world.truth


def test_records_conform_to_the_default_catalog(world):
    for record in world.all_records():
        assert check_source(CATALOG, record.source) is None
        assert check_traits(CATALOG, record.traits).problems == ()
        assert check_identifiers(CATALOG, pairs_of(record.identifiers)).problems == ()
        parse_instant(record.observed_at)


def test_events_and_consents_conform_to_the_default_catalog(world):
    for event in world.events:
        assert check_properties(CATALOG, event.name, event.properties).problems == ()
        assert check_identifiers(CATALOG, pairs_of(event.identifiers)).problems == ()
        parse_instant(event.occurred_at)
    for consent in world.consents:
        assert check_purpose(CATALOG, consent.purpose) is None
        assert consent.status in {"granted", "denied", "withdrawn"}
        parse_instant(consent.at)


def test_names_of_things_are_unique(world):
    revisions = [(r.source, r.key, r.revision) for r in world.all_records()]
    assert len(set(revisions)) == len(revisions)
    messages = [(event.source, event.message_id) for event in world.events]
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize("customers", [1, 2, 30, 1000])
def test_the_truth_covers_every_record_and_every_person(customers):
    world = generate_world(9, customers)
    subjects = {(entries.source, entries.key) for entries in [*world.all_records(), *world.events]}
    subjects |= {(consent.source, consent.key) for consent in world.consents}
    assert subjects == set(world.truth)
    assert len(set(world.truth.values())) == customers


@pytest.mark.parametrize("make", [chinese_mobile, american_phone, member_card])
def test_numbers_are_different_for_every_person(make):
    assert len({make(number) for number in range(50_000)}) == 50_000


def test_national_ids_are_valid_and_different():
    made = {national_id("110101", number) for number in range(50_000)}
    assert len(made) == 50_000
    assert all(is_chinese_id(each) for each in made)


def test_a_mistyped_phone_is_nobody_elses():
    chance, given = Random(1), {chinese_mobile(number) for number in range(20_000)}
    assert not any(mistype(chance, phone) in given for phone in given)


@pytest.fixture(scope="module")
def holders(world) -> dict:
    """The people behind each identifier."""
    found = defaultdict(set)
    for entries in [*world.all_records(), *world.events]:
        for identifier in identifiers_of(entries):
            found[identifier].add(world.truth[entries.source, entries.key])
    return found


AS_IT_ALWAYS_WAS = "0d22c928e054b2d9a25ec1c62bfaadddda19c85ba82a283f7057417a1f50760e"


def test_what_identifies_people_is_as_it_always_was():
    """What systems keep beside it is drawn from other streams."""
    kept = {"address", "birthDate", "city", "gender", "lastName", "postalCode"}
    told = hashlib.sha256()
    made = generate_world(seed=1, customers=200)
    for record in made.all_records():
        if not record.key.startswith("anon-"):
            traits = {name: v for name, v in record.traits.items() if name not in kept}
            told.update(repr(record.line() | {"traits": traits}).encode())
    for event in made.events:
        told.update(repr(event.line()).encode())
    told.update(repr(sorted(made.truth.items())).encode())
    assert told.hexdigest() == AS_IT_ALWAYS_WAS


class TestWhatIsKeptBesideIdentifiers:
    """What people are alike by where nothing identifies them."""

    @pytest.mark.parametrize(
        ("source", "traits"),
        [
            ("erp", {"address", "city", "postalCode"}),
            ("web", {"lastName", "birthDate", "address", "city", "postalCode"}),
            ("miniprogram", {"gender", "birthDate", "city"}),
            ("store", {"birthDate", "city"}),
        ],
    )
    def test_most_records_have_it_and_some_have_gaps(self, world, source, traits):
        records = [one for one in world.records[source] if not one.key.startswith("anon-")]
        for name in traits - {"city"}:
            held = sum(name in record.traits for record in records)
            assert 0.6 * len(records) < held < 0.99 * len(records)

    def test_a_date_of_birth_is_mostly_the_same_and_sometimes_wrong(self, world):
        told = defaultdict(set)
        for record in world.all_records():
            if "birthDate" in record.traits:
                told[world.truth[record.source, record.key]].add(record.traits["birthDate"])
        wrong = sum(len(dates) > 1 for dates in told.values())
        assert 0.02 * len(told) < wrong < 0.2 * len(told)

    def test_an_address_is_written_by_many_hands(self, world):
        written = [str(one.traits.get("address", "")) for one in world.all_records()]
        assert any("单元" in one for one in written)
        assert any(one.startswith("北京市") for one in written)
        assert any(one.endswith("Rd") for one in written)
        assert any(one.isupper() and one.isascii() for one in written if one)

    def test_visitors_without_a_login_leave_what_orders_ask_for_and_no_number(self, world):
        guests = [one for one in world.records["web"] if one.key.startswith("anon-")]
        visitors = sum(key.startswith("anon-") for _, key in world.truth)
        assert 0.8 * visitors < len(guests) < visitors
        assert all({*one.identifiers} == {"cookie"} and "name" in one.traits for one in guests)
        assert all(one.traits.keys().isdisjoint({"phone", "email"}) for one in guests)


class TestHazards:
    """What makes the world hard, each of them really there."""

    def test_people_of_two_languages_seen_by_five_systems(self, world):
        assert set(world.records) == {"crm", "erp", "web", "miniprogram", "store"}
        assert all(len(records) > 300 for records in world.records.values())
        names = [str(record.traits["name"]) for record in world.records["crm"]]
        latin = sum(name.isascii() for name in names)
        assert 0.1 * len(names) < latin < 0.5 * len(names)

    def test_phones_are_written_in_many_ways(self, world):
        written = [r.traits["phone"] for r in world.all_records() if "phone" in r.traits]
        shapes = {"".join("9" if c.isdigit() else c for c in phone) for phone in written}
        assert len(shapes) >= 12

    def test_phones_are_shared_by_families_and_recycled(self):
        people = make_people(Random(1), 1000)
        by_phone = defaultdict(list)
        for person in people:
            by_phone[person.phone].append(person)
        shared = [group for group in by_phone.values() if len(group) > 1]
        families = [group for group in shared if len({p.address for p in group}) == 1]
        strangers = [group for group in shared if len({p.address for p in group}) > 1]
        assert len(families) >= 10
        assert len(strangers) >= 5
        assert all(person.shares_phone for group in shared for person in group)

    def test_a_small_world_has_a_family_and_a_recycled_number(self):
        phones = Counter(person.phone for person in make_people(Random(2), 40))
        assert sum(1 for holders in phones.values() if holders > 1) >= 2

    @pytest.mark.parametrize("share", [0, 0.1])
    def test_a_share_of_records_is_on_devices_that_all_share(self, share):
        world, without = generate_world(4, 300, share), generate_world(4, 300, 0)
        shared = Counter(
            value
            for record in world.all_records()
            for value in record.identifiers.get("device", ())
            if value.startswith("kiosk-")
        )
        count = sum(1 for _ in world.all_records())
        assert 0.7 * share * count <= shared.total() <= 1.3 * share * count
        assert len(shared) <= 20
        assert world.truth == without.truth
        assert [r.traits for r in world.all_records()] == [r.traits for r in without.all_records()]

    def test_kiosks_are_seen_by_many_strangers(self, holders):
        kiosks = [p for i, p in holders.items() if i.value.startswith("kiosk-")]
        assert len(kiosks) >= 10
        assert all(len(people) >= 8 for people in kiosks)

    def test_only_phones_and_kiosks_are_shared(self, holders):
        shared = {i for i, people in holders.items() if len(people) > 1}
        assert {i.type for i in shared} == {"phone", "device"}

    def test_typing_errors_and_gaps(self, world):
        crm = world.records["crm"]
        ids = [r.traits["nationalId"] for r in crm if "nationalId" in r.traits]
        broken = sum(not is_chinese_id(str(each).upper()) for each in ids)
        assert 0 < broken < 0.1 * len(ids)
        assert all(any(name not in r.traits for r in crm) for name in ("phone", "email", "city"))
        mistyped = [r for r in world.all_records() if "exmaple" in str(r.traits.get("email", ""))]
        assert mistyped

    def test_every_kind_of_identifier_and_event_is_there(self, world, holders):
        assert {i.type for i in holders} >= {
            "national_id", "unionid", "openid", "crm_id", "account", "member_card", "phone",
            "email", "device", "cookie",
        }  # fmt: skip
        assert {event.name for event in world.events} >= {
            "page_viewed", "product_viewed", "product_added", "order_completed",
            "store_visited", "support_ticket_opened",
        }  # fmt: skip
        assert {c.status for c in world.consents} == {"granted", "denied", "withdrawn"}
        assert any(record.revision > 1 for record in world.records["crm"])


@pytest.mark.parametrize(("seed", "customers"), [(1, 1000), (2, 300), (3, 60), (4, 7)])
def test_the_solver_merges_no_strangers(seed, customers):
    world = generate_world(seed, customers)
    seeds = solve(evidence_of(world), Rules.of(CATALOG.identifiers)).seeds
    truth = {record: world.truth[record.source, record.key] for record in seeds}
    right = linked((seeds[record], truth[record]) for record in seeds)
    assert right == linked(seeds.values())
    assert right >= 0.6 * linked(truth.values())
