"""The schema of a generation: made once, waited for with a bound, waited for again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import pytest
from c360_identity.store.neo4j import (
    closing,
    locking_reads,
    outbox,
    positions,
    reads,
    receipts,
    schema,
    store,
    unit,
    writes,
)
from c360_identity.store.neo4j.connection import Connection, Rows
from c360_identity.store.neo4j.labels import Labels
from c360_kernel.errors import Conflict, Transient

LABELS = Labels("p", 3)
_MADE = re.compile(r"CREATE (?:CONSTRAINT|INDEX) (\w+) ")
_DROPPED = re.compile(r"DROP (?:CONSTRAINT|INDEX) (\w+) ")


class SlowServer:
    """Has each index made in the state that it is told, and online after some looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.states: dict[str, str] = {}
        self.made: list[str] = []

    async def read(self, statement: str, parameters: Mapping[str, object] | None = None) -> Rows:
        self.looks -= 1
        if self.looks < 0:
            self.states = dict.fromkeys(self.states, "ONLINE")
        return [[name, state] for name, state in self.states.items()]

    async def write(
        self,
        statement: str,
        parameters: Mapping[str, object] | None = None,
        limit_s: float = 10.0,
    ) -> Rows:
        if dropped := _DROPPED.match(statement):
            self.states.pop(dropped.group(1), None)
        if made := _MADE.match(statement):
            self.states[made.group(1)] = "POPULATING"
            self.made.append(made.group(1))
        return []


async def create(server: SlowServer) -> None:
    await schema.create(cast("Connection", server), LABELS)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(schema, "_PAUSE_S", 0.001)


async def test_indexes_are_waited_for() -> None:
    server = SlowServer(looks=5)
    await create(server)
    assert set(server.states.values()) == {"ONLINE"}
    assert len(set(server.made)) == len(server.made) == len(server.states)


async def test_what_is_not_ready_in_time_is_told_and_waited_for_again() -> None:
    server = SlowServer(looks=10_000_000)
    for _ in range(2):
        with pytest.raises(Transient) as told:
            await create(server)
        assert told.value.code == "STORE_INDEXING"
    server.looks = 3
    await create(server)
    assert set(server.states.values()) == {"ONLINE"}
    assert len(set(server.made)) == len(server.made)


async def test_an_index_that_failed_is_made_again() -> None:
    server = SlowServer(looks=0)
    await create(server)
    (failed, *_) = server.states
    server.states[failed] = "FAILED"
    server.looks, server.made = 2, []
    await create(server)
    assert server.made == [failed]


async def test_what_somebody_else_makes_at_the_same_time_is_waited_for() -> None:
    class SharedServer(SlowServer):
        async def write(self, *arguments: Any, **options: Any) -> Rows:
            await super().write(*arguments, **options)
            raise Conflict("somebody else was at the same", code="STORE_CONTENDED")

    server = SharedServer(looks=3)
    await create(server)
    assert set(server.states.values()) == {"ONLINE"}


def test_a_statement_finds_its_parameters_in_one_map() -> None:
    """For a list that is a parameter by itself the server plans anew at each order of magnitude."""
    for module in (closing, locking_reads, outbox, positions, reads, receipts, store, unit, writes):
        for name, text in vars(module).items():
            if isinstance(text, str) and name.lstrip("_").isupper():
                assert text.count("$") == text.count("$given."), (module, name)
