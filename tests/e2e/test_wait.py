"""`wait: PROFILE` reads its own write under load, through any gateway of an instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from c360_cli.topology import NAMES
from tests.e2e.conftest import UPSERT
from tests.e2e.running import Running, digest

WRITERS = 4
ROUNDS = 12
READ = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) { profile { name } records { source key } }
}"""


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """An instance with a process per service, and a second gateway beside the first."""
    data = tmp_path_factory.mktemp("instance")
    with ExitStack() as running:
        first = running.enter_context(Running(data, "--processes"))
        urls = ",".join(
            f"{name}=http://127.0.0.1:{first.port + offset}"
            for offset, name in enumerate(NAMES, start=1)
        )
        serve = ("serve", "gateway")
        second = running.enter_context(
            Running(data, "--subgraphs", urls, subcommand=serve, env={"C360_REPLICA": "second"})
        )
        yield [first, second]


def _record(writer: int, turn: int) -> dict[str, object]:
    return {
        "source": "crm",
        "key": f"{writer}-{turn}",
        "revision": 1,
        "observedAt": 1_700_000_000_000 + turn,
        "traits": {"name": f"Person {writer}-{turn}", "phone": f"139{writer:04d}{turn:04d}"},
    }


def _load(writer: int, turn: int) -> list[dict[str, object]]:
    """Other people's records, so that there is something to wait behind."""
    return [{**_record(writer + 100, turn * 50 + n)} for n in range(50)]


def _write_and_read(gateways: Sequence[Running], writer: int) -> list[tuple[str, str]]:
    """What was written and what was read back at once, by way of another gateway."""
    token = gateways[0].token("connector")
    reader = gateways[0].token("privacy_officer")
    seen: list[tuple[str, str]] = []
    for turn in range(ROUNDS):
        here, there = gateways[turn % 2], gateways[(turn + 1) % 2]
        here.post({"query": UPSERT, "variables": {"records": _load(writer, turn)}}, token)
        record = _record(writer, turn)
        body = {"query": UPSERT, "variables": {"records": [record], "wait": "PROFILE"}}
        (result,) = here.post(body, token)[1]["data"]["upsertRecords"]["results"]
        assert result["status"] == "APPLIED", result
        variables = {"source": "crm", "key": record["key"]}
        answer = there.post({"query": READ, "variables": variables}, reader)[1]
        name = answer["data"]["customerByRecord"]["profile"]["name"]
        seen.append((record["traits"]["name"], name))
    return seen


@pytest.fixture(scope="module")
def read_back(gateways: list[Running]) -> list[list[tuple[str, str]]]:
    """All that each writer wrote and read back at once, of several at a time."""
    for gateway in gateways:
        gateway.token("connector")
        gateway.token("privacy_officer")
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda writer: _write_and_read(gateways, writer), range(WRITERS)))


def test_a_write_that_waited_is_read_at_once_through_the_other_gateway(
    read_back: list[list[tuple[str, str]]],
) -> None:
    for written, read in (pair for pairs in read_back for pair in pairs):
        assert read == written


@pytest.mark.slow
@pytest.mark.usefixtures("read_back")
def test_processes_and_two_gateways_end_in_the_state_of_one_process(
    gateways: list[Running], tmp_path: Path
) -> None:
    gateways[0].settle()
    with Running(tmp_path) as single:
        token = single.token("connector")
        for writer in range(WRITERS):
            records = [r for turn in range(ROUNDS) for r in _load(writer, turn)]
            records += [_record(writer, turn) for turn in range(ROUNDS)]
            single.post({"query": UPSERT, "variables": {"records": records}}, token)
        single.settle()
    assert digest(tmp_path) == digest(gateways[0].data)


@pytest.mark.usefixtures("read_back")
def test_a_repeated_write_is_answered_as_a_duplicate(gateways: list[Running]) -> None:
    body = {"query": UPSERT, "variables": {"records": [_record(0, 0)], "wait": "IDENTITY"}}
    for gateway in gateways:
        answer = gateway.post(body, gateways[0].token("connector"))[1]
        assert answer["data"]["upsertRecords"]["results"][0]["status"] == "DUPLICATE"
