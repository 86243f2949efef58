"""Numbers that nobody keeps, as SQL: what there is of each customer, and who has so many.

What counts are the present records of a customer and the events on them, as in its timeline.
"""

from __future__ import annotations

from typing import NamedTuple

from c360_kernel.conditions.facts import Acting, Carrying, Counted, Tallied
from c360_kernel.conditions.operators import accepts, kind_of
from c360_kernel.conditions.sqlite import Bind, Number, number_test
from c360_kernel.conditions.tree import ValueTest

from c360_profile.store.sqlite.acting import links_meant, links_of

# Each way has its index: left alone, SQLite takes the one of the other.
_OWN = "record AS own INDEXED BY record_of_customer"
_HAPPENED = (
    f"{_OWN} CROSS JOIN event AS seen INDEXED BY event_by_record ON seen.record = own.id"
    " WHERE own.customer = {customer} AND own.deleted = 0 AND {chosen}"
)
_CARRIED_BY = (
    f"{_OWN} CROSS JOIN carried AS seen ON seen.record = own.id"
    " WHERE own.customer = {customer} AND own.deleted = 0 AND {chosen}"
)
_RECORDS_OF = (
    "(SELECT count(*) FROM record WHERE record.customer = customer.id AND NOT record.deleted"
    " AND EXISTS (SELECT 1 FROM json_each(record.carried) AS said WHERE {chosen}))"
)
_EVENTS = "event AS seen INDEXED BY event_by_name"
_CARRIED = "carried AS seen"
_HAVING = (
    "SELECT record.customer AS customer FROM {seen} CROSS JOIN record ON record.id = seen.{of}"
    " WHERE {chosen} AND NOT record.deleted AND record.customer <> ''"
)
_SO_MANY = " GROUP BY record.customer HAVING {passing}"


class Having(NamedTuple):
    """A SELECT of the customers who have so many, and one of as many rows that come at once.

    Some may have ended, and where it `repeats` it may give some twice.
    """

    sql: str
    measured: str
    repeats: bool


def number_of(tallied: Tallied, bind: Bind) -> Number:
    """How many such events, or such records, the customer of a row has."""
    if (held := _held_by(tallied, "customer.id", bind)) is not None:
        return Number(f"(SELECT count(*) FROM {held})")
    type_ = bind(tallied.type) if isinstance(tallied, Carrying) else ""
    return Number(_RECORDS_OF.format(chosen=f"said.value ->> 0 = {type_}"))


def asked_of(test: ValueTest, tallied: Tallied, customer: str, bind: Bind) -> str | None:
    """Whether the customer of an id passes a test of a number, from indexes alone.

    None where its records have to be read.
    """
    held = _held_by(tallied, customer, bind)
    if held is None:
        return None
    if (is_any := _asks_for_any(test)) is not None:
        return f"{'' if is_any else 'NOT '}EXISTS (SELECT 1 FROM {held})"
    return number_test(test, f"(SELECT count(*) FROM {held})", bind)


def who_has(test: ValueTest, tallied: Tallied, bind: Bind) -> Having | None:
    """Who passes a test of a number, for which all that is counted is read; None if one passes it
    of whom there is nothing.
    """
    if accepts(test.operator, 0, test.wanted):
        return None
    seen, chosen, number = _seen(tallied, bind)
    of = "person" if isinstance(tallied, Acting) else "record"
    sql = _HAVING.format(seen=seen, of=of, chosen=chosen)
    is_any = bool(_asks_for_any(test))
    if not is_any:
        sql += _SO_MANY.format(passing=number_test(test, number, bind))
    return Having(sql, f"SELECT 1 FROM {seen} WHERE {chosen}", is_any)


def _seen(tallied: Tallied, bind: Bind) -> tuple[str, str, str]:
    """Where all that is counted is, which of what is there it is, and how it is counted."""
    if isinstance(tallied, Acting):
        return *links_meant(tallied, bind), "count(*)"
    if isinstance(tallied, Counted):
        return _EVENTS, _happened(tallied, bind), "count(*)"
    return _CARRIED, _carried(tallied, bind), "count(DISTINCT seen.record)"


def records_seen(test: ValueTest, tallied: Tallied, bind: Bind) -> str | None:
    """A SELECT of the records on which anything of what is counted happened, some of them twice.

    None where it is asked how many there are.
    """
    if not isinstance(tallied, Counted) or not _asks_for_any(test):
        return None
    chosen = _happened(tallied, bind)
    # In order they are put together in half of the time.
    return f"SELECT seen.record FROM {_EVENTS} WHERE {chosen} ORDER BY seen.record"


def who_has_some_of(records: str, customers: str) -> str:
    """A SELECT of the customers in one table with a present record in the other."""
    return (
        f"SELECT c.customer FROM {customers} c CROSS JOIN {_OWN}"
        " ON own.customer = c.customer AND own.deleted = 0"
        # The plus keeps the records from being looked up one by one for each customer.
        f" WHERE +own.id IN (SELECT record FROM {records})"
    )


def _asks_for_any(test: ValueTest) -> bool | None:
    """True if one passes of whom there is anything, False if of whom there is nothing, None if
    it is asked how many there are.
    """
    operator, wanted = test.operator, test.wanted
    if kind_of(wanted) != "number":
        return None
    of_none, of_one = accepts(operator, 0, wanted), accepts(operator, 1, wanted)
    if operator in ("at_least", "greater_than", "not_equals") and not of_none and of_one:
        return True
    is_none = operator in ("at_most", "less_than", "equals") and of_none and not of_one
    return False if is_none else None


def _held_by(tallied: Tallied, customer: str, bind: Bind) -> str | None:
    """What is counted of the customer of an id; None where no index knows it by customer."""
    if isinstance(tallied, Acting):
        return links_of(tallied, customer, bind)
    if isinstance(tallied, Counted):
        return _HAPPENED.format(customer=customer, chosen=_happened(tallied, bind))
    if tallied.value is None:
        return None
    return _CARRIED_BY.format(customer=customer, chosen=_carried(tallied, bind))


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
