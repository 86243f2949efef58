"""Customer queries as SQL over golden traits kept as JSON text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from c360_profile.domain.query import Condition, CustomerQuery, Operator, Order, Place

Sql = tuple[str, list[Any]]

_VALUE = "json_extract(traits, ?)"
_COMPARISONS: Mapping[Operator, str] = {
    "eq": f"{_VALUE} = ?",
    "gt": f"{_VALUE} > ?",
    "gte": f"{_VALUE} >= ?",
    "lt": f"{_VALUE} < ?",
    "lte": f"{_VALUE} <= ?",
    "in": f"{_VALUE} IN (SELECT value FROM json_each(?))",
    "has": "EXISTS (SELECT 1 FROM json_each(traits, ?) AS item WHERE item.value = ?)",
}


def where(conditions: Sequence[Condition]) -> Sql:
    """The WHERE clause of live customers that meet all conditions."""
    clauses, parameters = ["NOT ended"], list[Any]()
    for condition in conditions:
        clauses.append(_COMPARISONS[condition.operator])
        value: object = condition.value
        parameters += [
            _path(condition.trait),
            orjson.dumps(value).decode() if condition.operator == "in" else value,
        ]
    return " AND ".join(clauses), parameters


def page(query: CustomerQuery) -> Sql:
    """WHERE and ORDER BY of the customers after the query's place."""
    clause, parameters = where(query.conditions)
    if query.after is not None:
        beyond, more = _after(query.order, query.after)
        clause, parameters = f"{clause} AND ({beyond})", parameters + more
    if query.order is None:
        return f"{clause} ORDER BY id", parameters
    path = _path(query.order.trait)
    direction = "DESC" if query.order.descending else "ASC"
    order = f"{_VALUE} IS NULL, {_VALUE} {direction}, id"
    return f"{clause} ORDER BY {order}", [*parameters, path, path]


def _after(order: Order | None, place: Place) -> Sql:
    if order is None:
        return "id > ?", [place.id]
    path = _path(order.trait)
    if place.value is None:
        return f"{_VALUE} IS NULL AND id > ?", [path, place.id]
    beyond = "<" if order.descending else ">"
    clause = f"{_VALUE} {beyond} ? OR ({_VALUE} = ? AND id > ?) OR {_VALUE} IS NULL"
    return clause, [path, place.value, path, place.value, place.id, path]


def _path(trait: str) -> str:
    return f'$."{trait}"'
