"""Ten thousand people imported with thirty kinds of what stands for nobody: no strangers meet.

Each has one real number and a record in two sources; beside the number each record carries a
placeholder or a damaged identifier. Through file, mapping, collector, identity and profile.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from tests.e2e.running import Running, command, status

PEOPLE = 10_000
SOURCES = ("crm", "store")
REAL = ("phone", "email", "crm_id", "account")
DAMAGED = [
    *(("account", value) for value in ("[object Object]", "%USER_ID%", "null | null", "guest")),
    *(("account", value) for value in ("#BEZUG!", "gast im laden", "8.5E+11", "同上")),
    *(("crm_id", value) for value in ("待补充", "#N/A", "1.00123E+15", "123123", "none yet")),
    *(("national_id", value) for value in ("4.40106E+17", "888888", "G00000000")),
    *(("tax_id", value) for value in ("not supplied", "12345678901", "自然人")),
    *(("member_card", value) for value in ("忘带卡", "6.2E+10", "4111111111111111", "AM-TRESEN")),
    *(("phone", value) for value in ("13888888888", "13905551234", "1390000000O")),
    *(("email", value) for value in ("na@na.com", "kasse@laden.example")),
    ("cookie", "opt-out-cookie"),
    ("passport", "CN:UNREADABLE1"),
]  # fmt: skip
"""What a list knows, what has lost its digits, and words that no list has."""

COLUMNS = sorted({kind for kind, _ in DAMAGED} | set(REAL))
_MAPPED = ", ".join(f"{one}: {one}" for one in COLUMNS if one not in ("phone", "email"))
MAPPING = f"""format: csv
kind: records
key: id
observedAt: {{constant: "2026-01-05T00:00:00Z"}}
identifiers: {{{_MAPPED}}}
traits: {{name: name, phone: phone, email: email}}
"""
PAGE = """query ($after: String) { customers(first: 200, after: $after) {
  edges { node { records { key } } } pageInfo { endCursor hasNextPage }
} }"""
NAMED = "query ($name: String) { customers(filter: {name: {equals: $name}}) { totalCount } }"


def number_of(person: int) -> tuple[str, str]:
    """A person's own number, of one type for each."""
    number = 1_000_000_000 + person * 86_371
    kind = REAL[person % 4]
    spelled = (f"137{number % 10**8:08d}", f"person.{number}@mail.example")
    return kind, dict(zip(REAL, (*spelled, f"K{number}", f"login-{number}"), strict=True))[kind]


def rows(chance: Random) -> Iterator[Mapping[str, str]]:
    for person in range(PEOPLE):
        kind, wrong = chance.choice([one for one in DAMAGED if one[0] != number_of(person)[0]])
        yield {
            "id": f"p{person}",
            "name": f"Person {person}",
            kind: wrong,
            **dict([number_of(person)]),
        }


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    with Running(tmp_path / "data") as running:
        for source in SOURCES:
            file = tmp_path / f"{source}.csv"
            with file.open("w", newline="") as written:
                writer = csv.DictWriter(written, ["id", "name", *COLUMNS])
                writer.writeheader()
                writer.writerows(rows(Random(source)))
            found = command(
                *("import", file, "--source", source, "--mapping", tmp_path / "mapping.yaml"),
                *("--data", running.data, "--url", running.url),
            )
            assert f"{PEOPLE:,} accepted" in found
        running.settle()
        yield running


def customers(running: Running) -> Iterator[list[str]]:
    """The people whose records each customer has."""
    after: object = None
    while True:
        page = running.ask("privacy_officer", PAGE, after=after)["data"]["customers"]
        for edge in page["edges"]:
            yield [record["key"] for record in edge["node"]["records"]]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def pairs(count: int) -> int:
    return count * (count - 1) // 2


def test_there_are_thirty_kinds() -> None:
    assert len(set(DAMAGED)) == 30


@pytest.mark.slow
def test_no_strangers_meet_in_the_whole_ingestion(shop: Running) -> None:
    found = list(customers(shop))
    assert sum(map(len, found)) == PEOPLE * len(SOURCES)
    joined = sum(pairs(len(records)) for records in found)
    right = sum(pairs(count) for records in found for count in Counter(records).values())
    assert right == joined, f"{joined - right} of {joined} pairs are strangers"
    # Without the damage every pair would be found: each person has a number in both sources.
    assert right >= 0.99 * PEOPLE * pairs(len(SOURCES)), right
    named = shop.ask("privacy_officer", NAMED, name=f"Person {PEOPLE - 1}")["data"]
    assert named == {"customers": {"totalCount": 1}}
    assert status(shop.data)["deadLetters"] == 0
