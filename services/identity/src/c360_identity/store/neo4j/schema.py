"""Constraints and indexes of one generation. Other constraints than uniqueness are not free."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import suppress

from c360_kernel.errors import Conflict, Transient

from c360_identity.store.neo4j.connection import Connection
from c360_identity.store.neo4j.labels import Labels

LIVE = "Live"
META = "Meta"
_UNIQUE = {
    "Record": "id",
    "Identifier": "name",
    "Event": "id",
    "Revision": "id",
    "Block": "key",
    "Position": "name",
    "Outbox": "sequence",
    "Begun": "name",
    "Receipt": "entry",
    "Scheduled": "name",
    "Told": "customer",
    "Move": "id",
    META: "name",
}
_INDEXED = (
    ("Record", "seed"),
    ("Receipt", "at"),
    ("Scheduled", "due"),
    ("Move", "record"),
    ("Move", "left"),
)
_STATES = "SHOW INDEXES YIELD name, state RETURN collect([name, state])"
_ONLINE = "ONLINE"
_FAILED = "FAILED"
# A server with much else to do takes long over each; whoever waits asks again, and is told why.
_CREATE_S = 60.0
_PATIENCE_S = 30.0
_PAUSE_S = 0.05
_EMPTY = "MATCH (n:{label}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS"


async def create(connection: Connection, labels: Labels) -> None:
    """Make what is missing of a generation's schema, and wait until the server may use it.

    Raises `Transient` (STORE_INDEXING) while it is not ready; then this may be called again.
    """
    wanted = _statements(labels)
    states = await _states(connection)
    for name, statement in wanted.items():
        if states.get(name) == _FAILED:
            await connection.write(f"DROP CONSTRAINT {name} IF EXISTS")
            await connection.write(f"DROP INDEX {name} IF EXISTS")
        if states.get(name) in (None, _FAILED):
            await _make(connection, statement)
    waited = time.monotonic() + _PATIENCE_S
    while await _unready(connection, wanted):
        if time.monotonic() > waited:
            raise Transient("a store's indexes are still being made", code="STORE_INDEXING")
        await asyncio.sleep(_PAUSE_S)


async def drop(connection: Connection, labels: Labels) -> None:
    """Remove a generation: its nodes, then its schema."""
    for label in _UNIQUE:
        await connection.run_alone(_EMPTY.format(label=labels.name(label)))
    for label, key in _UNIQUE.items():
        await connection.write(f"DROP CONSTRAINT {_name(labels, label, key)} IF EXISTS")
    for label, key in _INDEXED:
        await connection.write(f"DROP INDEX {_name(labels, label, key)} IF EXISTS")


async def generations(connection: Connection, prefix: str) -> list[int]:
    """The generations of a prefix that there are, also what a killed rebuild left."""
    shape = re.compile(rf"{prefix}{META}_(\d+)_{_UNIQUE[META]}")
    found = (shape.fullmatch(name) for name in await _states(connection))
    return sorted(int(match.group(1)) for match in found if match)


async def create_live(connection: Connection, prefix: str) -> None:
    """Make the one constraint that all generations of a prefix share."""
    label = f"{prefix}{LIVE}"
    await _make(
        connection,
        f"CREATE CONSTRAINT {label}_name IF NOT EXISTS FOR (n:{label}) REQUIRE n.name IS UNIQUE",
    )


async def _make(connection: Connection, statement: str) -> None:
    """Unless somebody else makes the same at this moment: then it is there, if not yet ready."""
    with suppress(Conflict):
        await connection.write(statement, limit_s=_CREATE_S)


async def _states(connection: Connection) -> Mapping[str, str]:
    rows = await connection.read(_STATES)
    return dict[str, str](rows)


async def _unready(connection: Connection, wanted: Mapping[str, str]) -> bool:
    states = await _states(connection)
    return any(states.get(name) != _ONLINE for name in wanted)


def _statements(labels: Labels) -> dict[str, str]:
    unique = {
        _name(labels, label, key): "CREATE CONSTRAINT {name} IF NOT EXISTS"
        f" FOR (n:{labels.name(label)}) REQUIRE n.{key} IS UNIQUE"
        for label, key in _UNIQUE.items()
    }
    indexed = {
        _name(labels, label, key): "CREATE INDEX {name} IF NOT EXISTS"
        f" FOR (n:{labels.name(label)}) ON (n.{key})"
        for label, key in _INDEXED
    }
    return {name: text.format(name=name) for name, text in {**unique, **indexed}.items()}


def _name(labels: Labels, label: str, key: str) -> str:
    return f"{labels.name(label)}_{key}"
