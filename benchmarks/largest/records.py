"""The records of the customer, and changes of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

_FIRST_PHONE = 13712300000
Record = Mapping[str, object]
Told = tuple[str, str]


class Shape(NamedTuple):
    """How records are joined: each shares an e-mail address with one before, by its number."""

    before: Callable[[int], int]
    is_numbered: bool = False
    is_star: bool = False
    first: int = 0

    def starting(self, first: int) -> Shape:
        """The same of records from another number on, who share nothing with those before."""
        return self._replace(first=first)

    def record(self, number: int, turn: int = 0, *more: Told) -> Record:
        """One record as it is at a turn, with more identifiers."""
        return self.carrying(number, turn, *self.identifiers(number), *more)

    def identifiers(self, number: int) -> list[Told]:
        """What a record carries, its own first."""
        if self.is_star:
            return [("email", f"r{number}@example.com"), ("phone", str(_FIRST_PHONE + self.first))]
        place = number - self.first
        shared = dict.fromkeys([number, self.first + (self.before(place) if place else 0)])
        entries = [("email", f"r{one}@example.com") for one in shared]
        if self.is_numbered:
            entries += [("phone", str(_FIRST_PHONE + one)) for one in shared]
            entries.append(("crm_id", f"c{number}"))
        return entries

    def carrying(self, number: int, turn: int, *identifiers: Told) -> Record:
        """A record that carries these identifiers."""
        return {
            "source": "crm",
            "key": f"r{number}",
            "identifiers": [{"type": kind, "value": value} for kind, value in identifiers],
            "traits": {"name": f"Name {number % 97}", "city": f"City {turn}", "status": str(turn)},
        }


SHAPES: Mapping[str, Shape] = {
    "tree": Shape(lambda number: (number - 1) // 3),
    "chain": Shape(lambda number: number - 1),
    "numbered": Shape(lambda number: (number - 1) // 3, is_numbered=True),
    "star": Shape(lambda _: 0, is_star=True),
}
"""In a chain the first is as far from the last as can be, in a star all share one telephone, which
a catalog has to let in. Each of the numbered has a number of its
own, which tells them apart; so they share a telephone too."""

OTHER = Shape(lambda number: number - number % 2, first=10_000_000)
"""Somebody else's customers: of two records each."""

Change = Callable[[Shape, int, int], Record]


def _update(shape: Shape, size: int, turn: int) -> Record:
    return shape.record(_chosen(size, turn), turn + 1)


def _new(kind: str, value: str) -> Change:
    def made(shape: Shape, size: int, turn: int) -> Record:
        return shape.record(_chosen(size, turn), turn + 1, (kind, value.format(turn)))

    return made


def _renewed(kind: str, value: str, place: int, most: int = 99) -> Change:
    """One record has another number each time, and keeps as many as the catalog allows."""

    def made(shape: Shape, size: int, turn: int) -> Record:
        held = [(kind, value.format(number)) for number in range(turn + 1)]
        return shape.record(_chosen(size, place), turn + 1, *held[-most:])

    return made


def _fresh(shape: Shape, size: int, turn: int) -> Record:
    number = size + turn
    return shape.carrying(number, 0, ("email", f"r{number // 3}@example.com"))


def _gone(shape: Shape, size: int, turn: int) -> Record:
    number = _chosen(size, turn)
    return shape.carrying(number, turn + 20, *shape.identifiers(number)[1:])


def _chosen(size: int, turn: int) -> int:
    return size - 1 - turn * 11


CHANGES: Mapping[str, Change] = {
    "update": _update,
    "new_email": _new("email", "new{}@example.com"),
    "fresh_record": _fresh,
    "new_passport": _renewed("passport", "CN:E1234567{}", 8, most=3),
    "new_account": _renewed("account", "login{}", 9),
    "identifier_gone": _gone,
    "told_apart": _new("passport", "CN:G7654321{}"),
}
"""From those that touch nothing but the record to those that the customer is solved anew for.

The last one is of a customer who cannot be one person: each turn another of its records gets a
passport of its own. Where one kind of evidence joins them (all shapes but the numbered) they are
told apart; where two do, the fourth is beyond what the catalog allows one person.
"""
