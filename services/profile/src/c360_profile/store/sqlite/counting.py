"""Numbers that nobody keeps, as SQL: what there is of each customer, and who has so many.

What counts are the present records of a customer and the events on them, as in its timeline.
"""

from __future__ import annotations

from typing import NamedTuple

from c360_kernel.conditions.facts import Carrying, Counted
from c360_kernel.conditions.operators import accepts
from c360_kernel.conditions.sqlite import Bind, Number, number_test
from c360_kernel.conditions.tree import ValueTest

# Each way has its index: left alone, SQLite takes the one of the other.
_EVENTS_OF = (
    "(SELECT count(*) FROM record CROSS JOIN event AS seen INDEXED BY event_by_record"
    " ON seen.record = record.id"
    " WHERE record.customer = customer.id AND NOT record.deleted AND {chosen})"
)
_RECORDS_OF = (
    "(SELECT count(*) FROM record WHERE record.customer = customer.id AND NOT record.deleted"
    " AND EXISTS (SELECT 1 FROM json_each(record.carried) AS said WHERE {chosen}))"
)
_EVENTS = "event AS seen INDEXED BY event_by_name"
_CARRIED = "carried AS seen"
_HAVING = (
    "SELECT customer FROM (SELECT record.customer AS customer"
    " FROM {seen} CROSS JOIN record ON record.id = seen.record"
    " WHERE {chosen} AND NOT record.deleted AND record.customer <> ''"
    " GROUP BY record.customer HAVING {passing}) AS found"
    " WHERE EXISTS (SELECT 1 FROM customer AS live"
    " WHERE live.id = found.customer AND NOT live.ended)"
)


class Having(NamedTuple):
    """A SELECT of the customers who have so many, and one of as many rows that come at once."""

    sql: str
    measured: str


def number_of(tallied: Counted | Carrying, bind: Bind) -> Number:
    """How many such events, or such records, the customer of a row has."""
    if isinstance(tallied, Counted):
        return Number(_EVENTS_OF.format(chosen=_happened(tallied, bind)))
    parts = [f"said.value ->> 0 = {bind(tallied.type)}"]
    if tallied.value is not None:
        parts.append(f"said.value ->> 1 = {bind(tallied.value)}")
    return Number(_RECORDS_OF.format(chosen=" AND ".join(parts)))


def who_has(test: ValueTest, tallied: Counted | Carrying, bind: Bind) -> Having | None:
    """Who passes a test of a number, for which all that is counted is read; None if one passes it
    of whom there is nothing.
    """
    if accepts(test.operator, 0, test.wanted):
        return None
    if isinstance(tallied, Counted):
        seen, chosen, number = _EVENTS, _happened(tallied, bind), "count(*)"
    else:
        seen, chosen, number = _CARRIED, _carried(tallied, bind), "count(DISTINCT seen.record)"
    sql = _HAVING.format(seen=seen, chosen=chosen, passing=number_test(test, number, bind))
    return Having(sql, f"SELECT 1 FROM {seen} WHERE {chosen}")


def _happened(counted: Counted, bind: Bind) -> str:
    parts = [f"seen.name = {bind(counted.event)}"]
    if counted.since is not None:
        parts.append(f"seen.occurred_at >= {bind(counted.since)}")
    if counted.until is not None:
        parts.append(f"seen.occurred_at < {bind(counted.until)}")
    return " AND ".join(parts)


def _carried(carrying: Carrying, bind: Bind) -> str:
    is_type = f"seen.type = {bind(carrying.type)}"
    return (
        is_type if carrying.value is None else f"{is_type} AND seen.value = {bind(carrying.value)}"
    )
