"""The solve, by example: what joins, what is refused, and what says nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping

from c360_identity.testing.entries import (
    catalog_of,
    identifiers_of,
    record_key,
    rules_of,
    stamp,
    token_type,
)
from c360_kernel.evidence.model import StewardDecision, pair_of
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, Partition, solve
from c360_kernel.record import RecordKey

CATALOG = catalog_of(
    token_type("national_id", tier=0, limit=1),
    token_type("card", tier=2, fan=6),
    token_type("phone", tier=2, fan=4),
    token_type("device", tier=3, fan=3),
)
RULES = rules_of(CATALOG, crowd=20)


def solved(
    carried: Mapping[str, str], decisions: list[StewardDecision] | None = None, rules: Rules = RULES
) -> Partition:
    """Solve records given oldest first, each with what it carries."""
    ages: dict[RecordKey, str] = {}
    edges: list[Edge] = []
    for at, (name, text) in enumerate(carried.items(), start=1):
        ages[record_key(name)] = stamp(at)
        edges += [Edge(0, stamp(at), i, record_key(name)) for i in identifiers_of(text)]
    ruled = {decision.pair: decision for decision in decisions or []}
    return solve(Evidence(ages, edges, ruled), rules)


def decision(kind: str, a: str, b: str) -> StewardDecision:
    return StewardDecision("d", kind, pair_of(record_key(a), record_key(b)), stamp(99))


def customers(partition: Partition) -> set[frozenset[str]]:
    groups: dict[RecordKey, set[str]] = {}
    for record, seed in partition.seeds.items():
        groups.setdefault(seed, set()).add(record.key)
    return {frozenset(group) for group in groups.values()}


def people(count: int, shared: str) -> dict[str, str]:
    return {f"crm/{n}": f"national_id:{n} {shared}" for n in range(count)}


def test_equal_identifiers_join_and_the_oldest_record_is_the_seed() -> None:
    partition = solved({"crm/a": "phone:1", "crm/b": "phone:2", "web/c": "phone:2 phone:1"})
    assert set(partition.seeds.values()) == {record_key("crm/a")}


def test_a_family_phone_joins_no_two_national_ids() -> None:
    partition = solved(people(4, "phone:home"))
    assert len(customers(partition)) == 4
    assert len(partition.refused) == 3
    assert not partition.generic


def test_a_phone_of_more_known_people_than_its_fan_is_generic() -> None:
    partition = solved(people(5, "phone:office"))
    assert len(customers(partition)) == 5
    assert partition.generic == set(identifiers_of("phone:office"))
    assert not partition.refused


def test_a_kiosk_device_joins_no_strangers_that_phones_tell_apart() -> None:
    visitors = {f"store/{n}": f"phone:{n} device:kiosk" for n in range(4)}
    partition = solved({**visitors, "web/anonymous": "device:kiosk"})
    assert len(customers(partition)) == 5
    assert partition.generic == set(identifiers_of("device:kiosk"))


def test_a_persons_own_busy_device_is_not_generic() -> None:
    visits = {f"web/{n}": "device:own" for n in range(12)}
    assert len(customers(solved({"crm/a": "phone:1 device:own", **visits}))) == 1


def test_a_crowd_is_generic_whoever_it_is() -> None:
    visits = {f"web/{n}": "device:mall" for n in range(21)}
    partition = solved(visits)
    assert len(customers(partition)) == 21
    assert len(customers(solved(dict(list(visits.items())[:20])))) == 1


def test_stronger_tiers_join_before_the_guard_counts() -> None:
    one_person = {f"crm/{n}": f"national_id:1 phone:{n} device:own" for n in range(5)}
    assert len(customers(solved(one_person))) == 1


def test_the_earlier_edge_wins_over_the_later_one_that_it_excludes() -> None:
    partition = solved(
        {"crm/a": "national_id:1", "crm/x": "phone:1 phone:2", "crm/b": "national_id:2 phone:2"}
        | {"crm/a2": "national_id:1 phone:1"}
    )
    assert customers(partition) == {frozenset({"x", "b"}), frozenset({"a", "a2"})}
    assert partition.refused == {(record_key("crm/a2"), identifiers_of("phone:1")[0])}


def test_a_record_over_a_limit_by_itself_widens_only_its_own_bound() -> None:
    partition = solved(
        {"crm/a": "national_id:1 national_id:2", "crm/b": "national_id:2"}
        | {"crm/c": "national_id:3 phone:1", "crm/d": "national_id:1 phone:1"}
    )
    assert customers(partition) == {frozenset({"a", "b", "d"}), frozenset({"c"})}


def test_not_same_keeps_apart_what_identifiers_and_same_would_join() -> None:
    records = {"crm/a": "national_id:1", "crm/b": "national_id:1", "crm/c": "phone:1"}
    apart = decision("not_same", "crm/b", "crm/a")
    assert len(customers(solved(records, [apart]))) == 3
    through_c = [apart, decision("same", "crm/a", "crm/c"), decision("same", "crm/b", "crm/c")]
    partition = solved(records, through_c)
    assert len(customers(partition)) == 2
    assert len(partition.refused_pairs) == 1


def test_same_joins_what_shares_nothing_but_no_two_national_ids() -> None:
    assert (
        len(customers(solved({"crm/a": "", "web/b": ""}, [decision("same", "web/b", "crm/a")])))
        == 1
    )
    both = {"crm/a": "national_id:1", "web/b": "national_id:2"}
    assert len(customers(solved(both, [decision("same", "crm/a", "web/b")]))) == 2
