"""Customer queries as SQL over golden traits kept as JSON text.

Every test is true or false, never NULL, so that negation means what it does in the domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from c360_profile.domain.condition import All, AnyOf, Condition, Not, Operator, Test
from c360_profile.domain.query import CustomerQuery, Order, Place

_VALUE = "json_extract(traits, :path)"
_TESTS: Mapping[Operator, str] = {
    "equals": f"{_VALUE} IS :wanted",
    "not_equals": f"{_VALUE} IS NOT :wanted",
    "in": f"COALESCE({_VALUE} IN (SELECT value FROM json_each(:wanted)), 0)",
    "greater_than": f"COALESCE({_VALUE} > :wanted, 0)",
    "at_least": f"COALESCE({_VALUE} >= :wanted, 0)",
    "less_than": f"COALESCE({_VALUE} < :wanted, 0)",
    "at_most": f"COALESCE({_VALUE} <= :wanted, 0)",
    "exists": f"{_VALUE} IS NOT NULL",
    "missing": f"{_VALUE} IS NULL",
    "contains": (
        "CASE json_type(traits, :path) WHEN 'array'"
        " THEN EXISTS (SELECT 1 FROM json_each(traits, :path) AS item WHERE item.value = :wanted)"
        f" ELSE COALESCE(instr({_VALUE}, :wanted), 0) > 0 END"
    ),
    "starts_with": f"COALESCE(substr({_VALUE}, 1, length(:wanted)) = :wanted, 0)",
}


class Selection:
    """A statement being put together; parameters are numbered as they are added."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    def page(self, query: CustomerQuery) -> str:
        """WHERE and ORDER BY of the customers between the places; backwards if from the end."""
        clause = self.where(query.condition)
        if query.after is not None:
            clause = f"{clause} AND ({self._after(query.order, query.after)})"
        if query.before is not None:
            clause = f"{clause} AND ({self._before(query.order, query.before)})"
        onward, back = ("DESC", "ASC") if query.from_end else ("ASC", "DESC")
        if query.order is None:
            return f"{clause} ORDER BY id {onward}"
        value = self._value(query.order.trait)
        direction = back if query.order.descending else onward
        return f"{clause} ORDER BY {value} IS NULL {onward}, {value} {direction}, id {onward}"

    def where(self, condition: Condition) -> str:
        """The WHERE clause of live customers that meet a condition."""
        return f"NOT ended AND {self._condition(condition)}"

    def bind(self, value: object) -> str:
        """The placeholder of a new parameter."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def _condition(self, condition: Condition) -> str:
        match condition:
            case Test():
                return self._test(condition)
            case Not():
                return f"NOT ({self._condition(condition.part)})"
            case All():
                return self._joined(" AND ", condition.parts) or "1"
            case AnyOf():
                return self._joined(" OR ", condition.parts) or "0"

    def _joined(self, word: str, parts: Sequence[Condition]) -> str:
        joined = word.join(self._condition(part) for part in parts)
        return joined and f"({joined})"

    def _test(self, test: Test) -> str:
        wanted = test.wanted
        if isinstance(wanted, tuple):
            wanted = orjson.dumps(wanted).decode()
        sql = _TESTS[test.operator].replace(":path", self.bind(_path(test.trait)))
        return sql.replace(":wanted", self.bind(wanted)) if wanted is not None else sql

    def _value(self, trait: str) -> str:
        return _VALUE.replace(":path", self.bind(_path(trait)))

    def _after(self, order: Order | None, place: Place) -> str:
        id_ = self.bind(place.id)
        if order is None:
            return f"id > {id_}"
        value = self._value(order.trait)
        if place.value is None:
            return f"{value} IS NULL AND id > {id_}"
        passed, beyond = self.bind(place.value), "<" if order.descending else ">"
        return (
            f"{value} {beyond} {passed} OR ({value} = {passed} AND id > {id_}) OR {value} IS NULL"
        )

    def _before(self, order: Order | None, place: Place) -> str:
        id_ = self.bind(place.id)
        if order is None:
            return f"id < {id_}"
        value = self._value(order.trait)
        if place.value is None:
            return f"{value} IS NOT NULL OR id < {id_}"
        passed, ahead = self.bind(place.value), ">" if order.descending else "<"
        return f"{value} {ahead} {passed} OR ({value} = {passed} AND id < {id_})"


def _path(trait: str) -> str:
    return f'$."{trait}"'
