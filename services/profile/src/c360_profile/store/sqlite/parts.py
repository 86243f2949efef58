"""The parts of a condition, and how many customers each leaves as far as the index says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from c360_kernel.conditions.facts import SOURCES, tallied_by
from c360_kernel.conditions.tree import EVERYBODY, All, ValueCondition, ValueTest, conjuncts, leaves

from c360_profile.store.sqlite.candidates import Candidates, candidates
from c360_profile.store.sqlite.golden import Cell
from c360_profile.store.sqlite.probes import asked_by_id, has_value
from c360_profile.store.sqlite.selection import Selection
from c360_profile.store.sqlite.view import View


class Part(NamedTuple):
    """One condition of several that all have to hold.

    `size` is how many customers it leaves, or more than was counted up to; that, too, where the
    index does not say it.
    """

    condition: ValueCondition
    found: Candidates | None
    size: int = 0

    @property
    def is_value(self) -> bool:
        """Whether it asks for one value: a customer is looked up among those who have it."""
        return self.found is not None and bool(self.found.trait)

    @property
    def repeats(self) -> bool:
        """Whether the index may tell somebody of it twice."""
        return self.found is not None and self.found.repeats

    @property
    def is_slow(self) -> bool:
        """Whether who meets it is made from what is counted."""
        return self.found is not None and bool(self.found.measured)

    @property
    def is_counted(self) -> bool:
        """Whether it asks for something of which nobody keeps how much there is."""
        return any(tallied_by(test.name) for test in leaves(self.condition))

    @property
    def is_told(self) -> bool:
        """Whether indexes say of an id whether its customer meets it."""
        return self.asked(Selection(), "") is not None

    def asked(self, select: Selection, id_: str) -> str | None:
        """Whether the customer of an id meets it, from indexes alone; None if they do not say."""
        if self.found is not None and self.is_value:
            return has_value(select, self.found, id_)
        return asked_by_id(self.condition, id_, select)


class Narrowed(NamedTuple):
    """Parts that all have to hold. Of `told` it is known: whoever meets them is in the table.

    `number` is how many are there.
    """

    parts: tuple[Part, ...]
    told: tuple[Part, ...] = ()
    table: str | None = None
    number: int = 0

    @property
    def left(self) -> Sequence[Part]:
        """What is still to be asked."""
        return [part for part in self.parts if part not in self.told]

    def passing(self, select: Selection, id_: str, along: Part | None = None) -> list[str]:
        """What is asked of customers: first what ids tell, then what has to be read.

        `along` are those who come anyway.
        """
        left = [part for part in self.left if part is not along]
        told = [(part, part.asked(select, id_)) for part in sorted(left, key=_dearness)]
        read = All(tuple(part.condition for part, sql in told if sql is None))
        return [
            # The plus keeps them from being looked up one by one.
            *([f"+{id_} IN (SELECT customer FROM {self.table})"] if self.table else []),
            *(sql for _, sql in told if sql is not None),
            select.where(read),
        ]


def _dearness(part: Part) -> int:
    """In which order parts are asked, for whoever fails one is not asked of the next.

    One value is had by very many, or few would have been chosen by it.
    """
    return 2 if part.is_counted else 1 if part.is_value else 0


def parts_of(select: Selection, condition: ValueCondition) -> list[Part]:
    """The parts, none of them measured yet."""
    return [Part(part, candidates(part, select.bind)) for part in conjuncts(condition)]


def part_of_value(select: Selection, trait: str, value: Cell) -> Part:
    """That customers have a value of a trait, as it stands in the index."""
    sql = (
        f"SELECT customer FROM golden WHERE trait = {select.bind(trait)}"
        f" AND value = {select.bind(value)}"
    )
    return Part(EVERYBODY, Candidates(sql, trait, value))


def measured(view: View, parts: Sequence[Part], most: int) -> list[Part]:
    """Each with how many it leaves, or one more than `most`."""
    bound = view.select.bind(most + 1)
    counts = [
        f"(SELECT count(*) FROM (SELECT 1 FROM ({one.found.measured or one.found.sql})"
        f" LIMIT {bound}))"
        for one in parts
        if one.found is not None
    ]
    sizes = iter(view.rows(f"SELECT {', '.join(counts)}")[0] if counts else ())
    return [
        one._replace(size=_untold(view, one, most) if one.found is None else next(sizes))
        for one in parts
    ]


def least_of(parts: Sequence[Part]) -> Part:
    """The part that leaves the fewest."""
    return min(parts, key=lambda part: part.size)


def lacking(view: View, condition: ValueCondition) -> int | None:
    """How many lack the one trait of which that is asked, as the index knows; None of all else."""
    if not isinstance(condition, ValueTest) or condition.operator != "missing":
        return None
    is_kept = condition.name != SOURCES and tallied_by(condition.name) is None
    return view.tally() - view.tally(condition.name) if is_kept else None


def _untold(view: View, part: Part, most: int) -> int:
    number = lacking(view, part.condition)
    return most + 1 if number is None else min(number, most + 1)
