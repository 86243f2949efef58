"""Deliveries and positions as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from c360_kernel.log.entry import Partition, Positions
from c360_kernel.sqlite_reading import from_rows

from c360_activation.domain.delivery import Delivery, Message
from c360_activation.store.loads import FirstLoad

COLUMNS = (
    "number, message, destination, kind, customer, segment, at, status, attempts, due, code,"
    " changed"
)
_OF_MESSAGE = 7


def write_positions(positions: Positions) -> str:
    """JSON of positions, in their order."""
    return orjson.dumps(sorted((*one, offset) for one, offset in positions.items())).decode()


@from_rows
def read_positions(text: str) -> Positions:
    """Positions of their JSON."""
    return {Partition(topic, part): offset for topic, part, offset in orjson.loads(text)}


@from_rows
def read_deliveries(rows: Iterable[tuple[Any, ...]]) -> list[Delivery]:
    """Deliveries of rows of `COLUMNS`."""
    return [Delivery(row[0], Message(*row[1:_OF_MESSAGE]), *row[_OF_MESSAGE:]) for row in rows]


@from_rows
def read_loads(rows: Iterable[tuple[Any, ...]]) -> list[FirstLoad]:
    """First loads of rows of destination, segment, until and at."""
    return [
        FirstLoad(name, segment, read_positions(until), read_positions(at))
        for name, segment, until, at in rows
    ]


def load_values(one: Message) -> tuple[object, ...]:
    """What a message of a first load puts into the queue."""
    return one.destination, one.id, one.kind, one.customer, one.at
