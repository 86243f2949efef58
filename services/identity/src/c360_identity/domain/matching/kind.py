"""What every kind of comparison can do. A record's value of it is a *form*."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

Form = Any
"""What a kind makes of a record's values: hashable, None of a record that says nothing."""

Levels = Mapping[str, Sequence[str]]
"""What a kind tells, each with the names of its levels."""

MISSING = -1


class Level(NamedTuple):
    """How alike two forms are: the number of a level (`MISSING`: one says nothing), and of equal
    ones the term they have in common, "" where its frequency says nothing."""

    number: int
    term: str = ""


ALONE = tuple([(Level(number),) for number in range(8)])
"""The levels of a kind that tells one thing, by their number, without a term: made once."""


class Kind(ABC):
    """A way to compare. Levels go from most alike to least."""

    parts: ClassVar[Levels]
    """What it tells, each with the names of its levels; "" of a kind that tells one thing."""
    atoms: ClassVar[Collection[str]]
    """What blocks may be made of; see `keys`."""
    shared: ClassVar[Collection[str]] = ()
    """The parts that a household has in common."""
    places: ClassVar[int] = 1
    """Of how many fields a form is made."""
    recurs: ClassVar[bool] = True
    """Whether the same two forms are met again and again."""
    has_names: ClassVar[bool] = False
    """Whether its forms are tuples with names; see `plain`."""
    is_slow: ClassVar[bool] = False
    """Whether it takes much longer than others to compare."""
    is_shared_by_chance: ClassVar[bool] = False
    """Whether strangers have it in common however rare it is elsewhere: names have namesakes."""
    stand_ins: ClassVar[int] = 0
    """Of these the last so many, which are asked only where the others say nothing."""

    @abstractmethod
    def form(self, values: Sequence[Sequence[str]]) -> Form | None:
        """The form of the values of the fields it is made of, each with none, one or several."""

    def plain(self, form: Form) -> Any:  # noqa: ANN401 - a form without its names
        """Of a form that `has_names` what it is made of: tuples without names, and texts."""
        return form

    def restored(self, plain: Any) -> Form:  # noqa: ANN401 - a form without its names
        """What `plain` was made of."""
        return plain

    def stands_in(self, form: Form) -> bool:
        """Whether a form is made of what stands in for the field that it is told under."""
        return False

    @abstractmethod
    def compare(self, one: Form, other: Form) -> Sequence[Level]:
        """The level of each part."""

    def number(self, one: Form, other: Form) -> int:
        """The number of the level alone, of a kind that tells one thing."""
        return self.compare(one, other)[0].number

    @abstractmethod
    def terms(self, form: Form) -> Sequence[Iterable[str]]:
        """Of each part the terms whose frequency matters."""

    @abstractmethod
    def keys(self, form: Form, atom: str) -> Iterable[str]:
        """What a form is found by."""
