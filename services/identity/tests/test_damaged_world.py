"""Ten thousand people with a real number each, and thirty kinds of what stands for nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from random import Random
from typing import NamedTuple

import pytest
from c360_identity.testing.entries import stamp
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, solve
from c360_kernel.record import Identifier, RecordKey

CATALOG = default_catalog()
NORMALIZERS = Normalizers(CATALOG)
PEOPLE = 10_000
SOURCES = ("crm", "store", "web")
DAMAGED = [
    *(("account", value) for value in ("[object Object]", "guest", "{{user_id}}", '"null"')),
    *(("account", value) for value in ("不详", "login pending", "undefined", "8.5E+11")),
    *(("crm_id", value) for value in ("待补充", "无", "#N/A", "unassigned-<>", "1.00123E+15")),
    *(("national_id", value) for value in ("4.40106E+17", "888888", "110105199999999999")),
    *(("tax_id", value) for value in ("NOT SUPPLIED", "12345678901", "TBD-LATER")),
    *(("member_card", value) for value in ("无卡", "6.2E+10", "CARD-FORGOTTEN")),
    *(("phone", value) for value in ("13888888888", "1.39E+10", "13905551234")),
    *(("email", value) for value in ("na@na.com", "none@example.org")),
    *(("cookie", value) for value in ("null", "opt-out-cookie")),
    ("passport", "CN:UNREADABLE1"),
]
"""Half are on lists or have lost their digits; no list knows the others.

`<>` is one of twenty, each on too few records for a crowd.
"""


class Score(NamedTuple):
    precision: float
    found: int


def real(person: int) -> Identifier:
    """A person's own number, of one type for each."""
    number = 1_000_000_000 + person * 86_371
    return (
        Identifier("phone", f"137{number % 10**8:08d}"),
        Identifier("email", f"person.{number}@example.net"),
        Identifier("crm_id", f"K{number}"),
        Identifier("account", f"login-{number}"),
    )[person % 4]


def seeds_of(damaged: bool) -> Mapping[RecordKey, RecordKey]:
    chance = Random(7)
    ages: dict[RecordKey, str] = {}
    edges: list[Edge] = []
    for person in range(PEOPLE):
        for source in SOURCES:
            record = RecordKey(source, f"p{person}")
            ages[record] = at = stamp(len(ages) + 1)
            kind, value = chance.choice(DAMAGED)
            wrong = Identifier(kind, value.replace("<>", str(person % 20)))
            read = {NORMALIZERS.normalize(i, "CN") for i in (real(person), wrong)[: 1 + damaged]}
            edges += [Edge(0, at, i, record) for i in read if i is not None]
    return solve(Evidence(ages, edges), Rules.of(CATALOG.identifiers)).seeds


def pairs(names: Iterable[Hashable]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(names).values())


def score(seeds: Mapping[RecordKey, RecordKey]) -> Score:
    joined = pairs(seeds.values())
    right = pairs((seed, record.key) for record, seed in seeds.items())
    return Score(right / joined, right)


def test_there_are_thirty_kinds() -> None:
    assert len(set(DAMAGED)) == 30


@pytest.mark.slow
def test_no_strangers_meet_and_hardly_anybody_is_lost() -> None:
    whole, harmed = score(seeds_of(damaged=False)), score(seeds_of(damaged=True))
    assert whole.precision == harmed.precision == 1.0
    assert whole.found >= 0.99 * 3 * PEOPLE
    assert harmed.found >= 0.99 * whole.found
