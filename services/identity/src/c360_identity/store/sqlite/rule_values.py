"""What profile told of customers, in the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping

from c360_kernel.conditions.tree import Values

from c360_identity.domain.rule_values import RuleValues
from c360_identity.store.rule_values_text import read_values, values_text

_KEEP = (
    "INSERT INTO told VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET"
    " epoch=excluded.epoch, counter=excluded.counter, said=excluded.said"
    " WHERE (excluded.epoch, excluded.counter) > (told.epoch, told.counter)"
)
_VALUES = (
    "SELECT t.customer, t.said FROM json_each(?) q CROSS JOIN told t ON t.customer = q.value"
    " WHERE t.said IS NOT NULL"
)


def keep_rule_values(connection: sqlite3.Connection, values: Iterable[RuleValues]) -> None:
    """Keep what is newer than what is kept."""
    rows = [(one.customer, *one.version, values_text(one.values)) for one in values]
    connection.executemany(_KEEP, rows)


def read_rule_values(
    connection: sqlite3.Connection, customers: Collection[str]
) -> Mapping[str, Values]:
    """The values of live customers that were told."""
    rows = connection.execute(_VALUES, (json.dumps(list(customers)),)).fetchall()
    return {customer: read_values(text) for customer, text in rows}
