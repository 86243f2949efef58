"""One running instance per module, with a small world of known people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import Running

UPSERT = """
mutation ($records: [RecordInput!]!, $wait: Wait) {
  upsertRecords(records: $records, wait: $wait) {
    results { index status code path stage }
  }
}
"""
PEOPLE = [
    {
        "source": "crm",
        "key": "1",
        "observedAt": 1_700_000_000_000,
        "traits": {"name": "王小明", "phone": "139 0000 0001", "email": "Wang@Example.cn"},
    },
    {
        "source": "erp",
        "key": "77",
        "observedAt": 1_700_000_100_000,
        "traits": {"name": "Wang Xiaoming", "phone": "+86 13900000001"},
    },
    {
        "source": "crm",
        "key": "2",
        "observedAt": 1_700_000_000_000,
        "traits": {"name": "李雷", "phone": "13900000002", "email": "lilei@example.cn"},
    },
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("instance")) as running:
        yield running


@pytest.fixture(scope="module")
def people(instance: Running) -> Running:
    """The instance once three records of two people are in their golden profiles."""
    body = {"query": UPSERT, "variables": {"records": PEOPLE, "wait": "PROFILE"}}
    answer = instance.post(body, instance.token("connector"))[1]
    items = answer["data"]["upsertRecords"]["results"]
    assert [item["status"] for item in items] == ["APPLIED"] * 3, answer
    return instance


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"
