"""Comparing words, categories and numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from c360_kernel.chinese import reading
from typing_extensions import override

from c360_identity.domain.matching.alike import errors, word_distance
from c360_identity.domain.matching.folding import words
from c360_identity.domain.matching.kind import ALONE, Form, Kind, Level, Levels

_RANKS = frozenset("市省区县")
_SHORTEST_PLACE = 2


class _Text(Kind):
    """A form is one text; its field may have several values, of which the first counts."""

    parts: ClassVar[Levels] = {"": ("same", "other")}
    atoms = ("all",)
    _space = " "

    @override
    def form(self, values: Sequence[Sequence[str]]) -> str | None:
        text = next((one for field in values for one in field), "")
        return self._space.join(words(text)) or None

    @override
    def compare(self, one: str, other: str) -> Sequence[Level]:
        return (Level(0, one),) if one == other else ALONE[self._level(one, other)]

    @override
    def number(self, one: str, other: str) -> int:
        return 0 if one == other else self._level(one, other)

    def _level(self, one: str, other: str) -> int:
        return 1

    @override
    def terms(self, form: str) -> Sequence[Iterable[str]]:
        return ((form,),)

    @override
    def keys(self, form: str, atom: str) -> Iterable[str]:
        return (form,)


def _read(text: str) -> str:
    return " ".join([reading(_without_rank(word)) for word in text.split()])


def _without_rank(word: str) -> str:
    """A Chinese place without the word for what it is: a city, a province, a district."""
    return word[:-1] if len(word) > _SHORTEST_PLACE and word[-1] in _RANKS else word


class CategoryKind(_Text):
    """Equal or not: gender, occupation, state."""


class TextKind(_Text):
    """Words that may hold a slip of the pen: places, companies, streets.

    Chinese ones are compared by how they are read, as others write them in Latin letters.
    """

    parts: ClassVar[Levels] = {"": ("same", "near", "part", "loosely", "other")}

    @override
    def form(self, values: Sequence[Sequence[str]]) -> str | None:
        text = super().form(values)
        return _read(text) if text and not text.isascii() else text

    @override
    def _level(self, one: str, other: str) -> int:
        distance = word_distance(one, other)
        if distance == 1:
            return 1
        few, many = sorted((one.split(), other.split()), key=len)
        if len(many) > 1 and set(few) <= set(many):
            return 2
        return distance + 1


class CodeKind(_Text):
    """Postal codes: equal, one error, one area, other."""

    parts: ClassVar[Levels] = {"": ("same", "one error", "area", "other")}
    atoms = ("all", "area")
    _space = ""

    @override
    def _level(self, one: str, other: str) -> int:
        if errors(one, other) == 1:
            return 1
        return 2 if self._area(one) == self._area(other) else 3

    @override
    def keys(self, form: str, atom: str) -> Iterable[str]:
        return (self._area(form) if atom == "area" else form,)

    def _area(self, form: str) -> str:
        """Without the last three of a British code, the first three of another's."""
        return form[:-3] if any(one.isalpha() for one in form) and len(form) > 4 else form[:3]


class SeveralKind(Kind):
    """A form is several texts, of which the two most alike count."""

    recurs = False

    @override
    def compare(self, one: Form, other: Form) -> Sequence[Level]:
        for text in one:
            if text in other:
                return (Level(0, text),)
        return ALONE[self._nearest(one, other)]

    @override
    def number(self, one: Form, other: Form) -> int:
        for text in one:
            if text in other:
                return 0
        return self._nearest(one, other)

    def _nearest(self, one: Form, other: Form) -> int:
        if len(one) == len(other) == 1:
            return self._level(one[0], other[0])
        return min([self._level(a, b) for a in one for b in other])

    @abstractmethod
    def _level(self, one: str, other: str) -> int:
        """The level of two texts that differ."""

    @override
    def terms(self, form: Form) -> Sequence[Iterable[str]]:
        return (form,)


class NumberKind(SeveralKind):
    """Numbers of papers and houses: equal, one error, two errors, other."""

    parts: ClassVar[Levels] = {"": ("same", "one error", "two errors", "other")}
    atoms = ("all", "start", "end")

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Form | None:
        found = {"".join(words(one)) for field in values for one in field}
        return tuple(sorted(found - {""})) or None

    @override
    def _level(self, one: str, other: str) -> int:
        return errors(one, other)

    @override
    def keys(self, form: Form, atom: str) -> Iterable[str]:
        if atom == "all":
            return form
        # One error leaves one of the halves as it was.
        halves = ((one[: (len(one) + 1) // 2], one[len(one) // 2 :]) for one in form)
        return {half[atom == "end"] for half in halves}
