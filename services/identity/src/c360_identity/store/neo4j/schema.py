"""Constraints and indexes of one generation. Other constraints than uniqueness are not free."""

from __future__ import annotations

import re

from c360_identity.store.neo4j.connection import Connection
from c360_identity.store.neo4j.labels import Labels

LIVE = "Live"
META = "Meta"
_UNIQUE = {
    "Record": "id",
    "Identifier": "name",
    "Event": "id",
    "Revision": "id",
    "Position": "name",
    "Outbox": "sequence",
    "Begun": "name",
    "Receipt": "entry",
    META: "name",
}
_INDEXED = {"Record": "seed", "Receipt": "at"}
_NAMES = "SHOW INDEXES YIELD name RETURN collect([name])"
_AWAIT = "CALL db.awaitIndexes(60)"
_EMPTY = "MATCH (n:{label}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS"


async def create(connection: Connection, labels: Labels) -> None:
    """Make what is missing of a generation's schema."""
    present = {name for (name,) in await connection.read(_NAMES)}
    wanted = _statements(labels)
    missing = [statement for name, statement in wanted.items() if name not in present]
    for statement in missing:
        await connection.write(statement)
    if missing:
        await connection.read(_AWAIT)


async def drop(connection: Connection, labels: Labels) -> None:
    """Remove a generation: its nodes, then its schema."""
    for label in _UNIQUE:
        await connection.run_alone(_EMPTY.format(label=labels.name(label)))
    for label, key in _UNIQUE.items():
        await connection.write(f"DROP CONSTRAINT {_name(labels, label, key)} IF EXISTS")
    for label, key in _INDEXED.items():
        await connection.write(f"DROP INDEX {_name(labels, label, key)} IF EXISTS")


async def generations(connection: Connection, prefix: str) -> list[int]:
    """The generations of a prefix that there are, also what a killed rebuild left."""
    shape = re.compile(rf"{prefix}{META}_(\d+)_{_UNIQUE[META]}")
    found = (shape.fullmatch(name) for (name,) in await connection.read(_NAMES))
    return sorted(int(match.group(1)) for match in found if match)


async def create_live(connection: Connection, prefix: str) -> None:
    """Make the one constraint that all generations of a prefix share."""
    label = f"{prefix}{LIVE}"
    await connection.write(
        f"CREATE CONSTRAINT {label}_name IF NOT EXISTS FOR (n:{label}) REQUIRE n.name IS UNIQUE"
    )


def _statements(labels: Labels) -> dict[str, str]:
    unique = {
        _name(labels, label, key): "CREATE CONSTRAINT {name} IF NOT EXISTS"
        f" FOR (n:{labels.name(label)}) REQUIRE n.{key} IS UNIQUE"
        for label, key in _UNIQUE.items()
    }
    indexed = {
        _name(labels, label, key): "CREATE INDEX {name} IF NOT EXISTS"
        f" FOR (n:{labels.name(label)}) ON (n.{key})"
        for label, key in _INDEXED.items()
    }
    return {name: text.format(name=name) for name, text in {**unique, **indexed}.items()}


def _name(labels: Labels, label: str, key: str) -> str:
    return f"{labels.name(label)}_{key}"
