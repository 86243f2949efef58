"""Weak evidence joins nobody whom strong evidence tells apart; no identifier joins a crowd."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import pytest
from c360_identity.testing.entries import identifiers_of, record_key, stamp
from c360_kernel.catalog import default_catalog
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, Partition, solve
from c360_kernel.record import RecordKey

RULES = Rules.of(default_catalog().identifiers)


def solved(carried: Mapping[str, str]) -> Partition:
    """Solve records, the oldest first, by the default catalog."""
    ages: dict[RecordKey, str] = {}
    edges: list[Edge] = []
    for at, (name, text) in enumerate(carried.items(), start=1):
        ages[record_key(name)] = stamp(at)
        edges += [Edge(0, stamp(at), i, record_key(name)) for i in identifiers_of(text)]
    return solve(Evidence(ages, edges), RULES)


def customers(carried: Mapping[str, str]) -> set[frozenset[str]]:
    groups: dict[RecordKey, set[str]] = {}
    for record, seed in solved(carried).seeds.items():
        groups.setdefault(seed, set()).add(record.key)
    return {frozenset(group) for group in groups.values()}


SEPARATING = sorted(name for name, rule in RULES.types.items() if rule.separates)


@pytest.mark.parametrize("kind", SEPARATING)
@pytest.mark.parametrize("weak", ["phone:1", "email:1", "device:1", "cookie:1"])
def test_one_weak_identifier_joins_no_two_numbers(kind: str, weak: str) -> None:
    rows = {f"crm/{n}": f"{kind}:{n} {weak}" for n in range(3)}
    assert len(customers(rows)) == 3


def test_a_browser_joins_the_visit_without_a_login_to_the_first_who_logs_in() -> None:
    visits = {"web/anon": "cookie:1", "web/a": "cookie:1 account:a", "web/b": "cookie:1 account:b"}
    assert customers(visits) == {frozenset({"anon", "a"}), frozenset({"b"})}


def test_nobody_in_between_carries_one_to_the_other() -> None:
    rows = {"crm/a": "crm_id:1 phone:1", "web/x": "phone:1 cookie:1", "web/b": "cookie:1 account:b"}
    rows |= {"crm/b": "crm_id:2 account:b"}
    groups = solved(rows).seeds
    assert groups[record_key("crm/a")] == groups[record_key("web/x")]
    assert groups[record_key("crm/b")] == groups[record_key("web/b")]
    assert len(set(groups.values())) == 2


@pytest.mark.parametrize("first", list(permutations(["crm_id:1", "crm_id:2", "crm_id:3"])))
def test_duplicates_that_agree_on_two_kinds_join(first: tuple[str, ...]) -> None:
    rows = {f"crm/{n}": f"{number} phone:1 email:1" for n, number in enumerate(first)}
    assert len(customers(rows)) == 1


def test_two_browsers_are_evidence_of_one_kind() -> None:
    rows = {"web/a": "account:a cookie:1 device:1 cookie:2"}
    rows |= {"web/b": "account:b cookie:1 device:1 cookie:2"}
    assert len(customers(rows)) == 2


def test_a_stronger_or_equal_number_joins_whatever_others_say() -> None:
    rows = {"crm/a": "crm_id:1 account:a", "crm/b": "crm_id:2 account:a"}
    assert len(customers(rows)) == 1
    assert len(customers({"a/1": "passport:DE:1 phone:1", "a/2": "passport:FR:2 phone:1"})) == 1


def test_one_kind_of_number_and_another_are_no_conflict() -> None:
    assert len(customers({"crm/a": "crm_id:1 phone:1", "web/b": "account:b phone:1"})) == 1


@pytest.mark.parametrize("kind", sorted(RULES.types))
@pytest.mark.parametrize("own", ["phone", "email", "crm_id", "national_id"])
def test_a_placeholder_that_no_list_knows_joins_nobody(kind: str, own: str) -> None:
    if kind == own:
        return
    rows = {f"crm/{n}": f"{kind}:missed {own}:{n}" for n in range(300)}
    found = solved(rows)
    assert len(set(found.seeds.values())) == 300


@pytest.mark.parametrize("kind", sorted(RULES.types))
def test_nor_does_one_that_nameless_rows_carry(kind: str) -> None:
    rows = {f"crm/{n}": f"{kind}:missed" for n in range(300)}
    assert len(set(solved(rows).seeds.values())) == 300


@pytest.mark.parametrize("kind", ["national_id", "crm_id", "account"])
def test_two_placeholders_do_not_vouch_for_each_other(kind: str) -> None:
    rows = {f"crm/{n}": f"{kind}:missed tax_id:missed phone:{n}" for n in range(40)}
    assert len(set(solved(rows).seeds.values())) == 40


def test_the_many_records_of_one_person_are_one() -> None:
    browsers = {f"web/{n}": f"account:a cookie:{n} device:{n % 7}" for n in range(60)}
    assert len(customers(browsers)) == 1
    rows = {f"crm/{n}": f"national_id:1 crm_id:{n // 2} phone:{n // 4}" for n in range(38)}
    assert len(customers(rows)) == 1


def test_a_bound_holds_back_nobody_once_the_count_falls() -> None:
    people = {f"crm/{n}": f"account:missed phone:{n}" for n in range(RULES.people + 1)}
    assert len(customers(people)) == RULES.people + 1
    people.popitem()
    assert len(customers(people)) == 1


def test_people_told_apart_by_equally_strong_identifiers_count_too() -> None:
    rows = {f"crm/{n}": f"phone:missed email:{n}" for n in range(30)}
    assert len(customers(rows)) == 30
