"""Customer queries as SQL over golden traits kept as JSON text."""

from __future__ import annotations

from typing import Any

from c360_kernel.conditions.sqlite import path_of, sql_of
from c360_kernel.conditions.tree import ValueCondition

from c360_profile.domain.query import CustomerQuery, Order, Place

_TRAITS = "traits"


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

    def where(self, condition: ValueCondition) -> str:
        """The WHERE clause of live customers that meet a condition."""
        return f"NOT ended AND {sql_of(condition, _TRAITS, self.bind)}"

    def bind(self, value: object) -> str:
        """The placeholder of a new parameter."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def _value(self, trait: str) -> str:
        return f"json_extract({_TRAITS}, {self.bind(path_of(trait))})"

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
