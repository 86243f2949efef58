"""What profiles told of customers, of that whose past segments ask for."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.sqlite_rows import insert_rows
from c360_kernel.version import Version

from c360_segment.domain.past import Past, Telling
from c360_segment.store.sqlite.numbers import Numbers, customer_numbers
from c360_segment.store.sqlite.values import among, read_values, write_values

_OF = (
    "SELECT p.customer, p.epoch, p.counter, p.at, p.said, p.live, p.successor FROM json_each(?) q"
    " CROSS JOIN past p ON p.customer=q.value"
)
_JOINED = (
    "SELECT DISTINCT p.successor, p.customer FROM json_each(?) q"
    " CROSS JOIN past p ON p.successor=q.value ORDER BY p.successor, p.customer"
)


def keep_past(
    connection: sqlite3.Connection, numbers: Numbers, past: Mapping[str, Sequence[Telling]]
) -> None:
    """Keep what was told of customers; the same once more changes nothing."""
    known = numbers.of_customers(past.keys())
    rows = [
        (known[customer], *one.version, one.at, write_values(one.values), one.live, one.successor)
        for customer, told in past.items()
        for one in told
    ]
    insert_rows(connection, "INSERT INTO past", rows, "ON CONFLICT DO NOTHING")


def read_past(connection: sqlite3.Connection, customers: Collection[str]) -> Mapping[str, Past]:
    """What is kept of these customers, and of whom they are successors."""
    numbers = customer_numbers(connection, customers)
    joined: dict[str, list[int]] = {}
    for successor, number in connection.execute(_JOINED, (among(customers),)).fetchall():
        joined.setdefault(successor, []).append(number)
    asked = {*numbers.values(), *(one for some in joined.values() for one in some)}
    told = _told(connection, asked)
    found = {
        customer: Past(
            told.get(number, ()), [told.get(one, ()) for one in joined.get(customer, ())]
        )
        for customer, number in numbers.items()
    }
    return {customer: past for customer, past in found.items() if past.told or past.joined}


def _told(
    connection: sqlite3.Connection, numbers: Iterable[int]
) -> Mapping[int, Sequence[Telling]]:
    found: dict[int, list[Telling]] = {}
    for number, epoch, counter, at, said, live, successor in connection.execute(
        _OF, (among(numbers),)
    ).fetchall():
        one = Telling(Version(epoch, counter), at, read_values(said), bool(live), successor)
        found.setdefault(number, []).append(one)
    return found
