"""Customer queries as SQL: conditions and orders over golden traits and facts kept as JSON text."""

from __future__ import annotations

from typing import Any

from c360_kernel.conditions.facts import SOURCES, purpose_of, tag_of, tallied_by
from c360_kernel.conditions.sqlite import Number, path_of, sql_of
from c360_kernel.conditions.tree import ValueCondition

from c360_profile.domain.query import Orders, Place
from c360_profile.store.sqlite.counting import number_of

_TRAITS, _CONSENTS, _SOURCES, _TAGS = "traits", "consents", "sources", "tags"
_WHOLE = "$"


class Selection:
    """A statement being put together; parameters are numbered as they are added."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    def where(self, condition: ValueCondition) -> str:
        """The WHERE clause of live customers that meet a condition."""
        return f"NOT ended AND {sql_of(condition, self._place_of, self.bind)}"

    def after(self, orders: Orders, place: Place | None) -> str:
        """A condition on those who come after a place."""
        return "1" if place is None else self._after(orders, place)

    def before(self, orders: Orders, place: Place | None) -> str:
        """A condition on those who come before a place."""
        return "1" if place is None else self._before(orders, place)

    def sorting(self, orders: Orders, from_end: bool) -> str:
        """ORDER BY, backwards if from the end."""
        onward, back = ("DESC", "ASC") if from_end else ("ASC", "DESC")
        lacking = "FIRST" if from_end else "LAST"
        terms = [
            f"{self.value(order.trait)} {back if order.descending else onward} NULLS {lacking}"
            for order in orders
        ]
        return f"ORDER BY {', '.join([*terms, f'id {onward}'])}"

    def value(self, trait: str) -> str:
        """The value of a trait, NULL where it is missing."""
        return f"json_extract({_TRAITS}, {self.bind(path_of(trait))})"

    def bind(self, value: object) -> str:
        """The placeholder of a new parameter."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def _place_of(self, name: str) -> tuple[str, str] | Number:
        tallied = tallied_by(name)
        return _kept_at(name) if tallied is None else number_of(tallied, self.bind)

    def _after(self, orders: Orders, place: Place) -> str:
        if not orders:
            return f"id > {self.bind(place.id)}"
        value, passed = self.value(orders[0].trait), place.values[0]
        rest = self._after(orders[1:], Place(place.values[1:], place.id))
        if passed is None:
            return f"({value} IS NULL AND {rest})"
        bound, beyond = self.bind(passed), "<" if orders[0].descending else ">"
        return f"({value} {beyond} {bound} OR {value} IS NULL OR ({value} = {bound} AND {rest}))"

    def _before(self, orders: Orders, place: Place) -> str:
        if not orders:
            return f"id < {self.bind(place.id)}"
        value, passed = self.value(orders[0].trait), place.values[0]
        rest = self._before(orders[1:], Place(place.values[1:], place.id))
        if passed is None:
            return f"({value} IS NOT NULL OR {rest})"
        bound, ahead = self.bind(passed), ">" if orders[0].descending else "<"
        return f"({value} {ahead} {bound} OR ({value} = {bound} AND {rest}))"


def _kept_at(name: str) -> tuple[str, str]:
    if name == SOURCES:
        return f"nullif({_SOURCES},'[]')", _WHOLE
    if (tag := tag_of(name)) is not None:
        return _TAGS, path_of(tag)
    purpose = purpose_of(name)
    return (_TRAITS, path_of(name)) if purpose is None else (_CONSENTS, path_of(purpose))
