"""Comparing addresses: their numbers, and the words between them in whatever order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from typing_extensions import override

from c360_identity.domain.matching.alike import word_distance
from c360_identity.domain.matching.folding import address_words, is_chinese
from c360_identity.domain.matching.kind import ALONE, Kind, Level, Levels

_COUNTED = frozenset(("号", "号楼", "楼", "单元", "室", "层", "栋", "幢", "座", "弄", "门"))
"""Chinese words for what a number is the number of; some leave them out."""
_LETTERS, _CHARACTERS = 5, 3
_STREET, _OTHER = 3, 4


class Address(NamedTuple):
    """The words of an address, and its numbers, as they stand."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]


class AddressKind(Kind):
    """Equal; one within the other; the number and a similar street; the street alone; other."""

    parts: ClassVar[Levels] = {"": ("same", "part", "near", "street", "other")}
    atoms = ("all", "place", "number")
    recurs = False
    has_names = True

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Address | None:
        said = [word for field in values for one in field for word in address_words(one)]
        found = [word for word in said if word not in _COUNTED]
        numbers = tuple(one for one in found if one.isdigit())
        plain = tuple(one for one in found if not one.isdigit())
        return Address(plain, numbers) if plain else None

    @override
    def plain(self, form: Address) -> Any:
        return tuple(form)

    @override
    def restored(self, plain: Sequence[Any]) -> Address:
        return Address(*plain)

    @override
    def compare(self, one: Address, other: Address) -> Sequence[Level]:
        number = self.number(one, other)
        return ALONE[number] if number else (Level(0, _text(one)),)

    @override
    def number(self, one: Address, other: Address) -> int:
        return _addresses(one, other)

    @override
    def terms(self, form: Address) -> Sequence[Iterable[str]]:
        return ((_text(form),),)

    @override
    def keys(self, form: Address, atom: str) -> Iterable[str]:
        if atom == "all":
            return (_text(form),)
        # A flat may stand before the house, and the street before the place or after it.
        longest = sorted(set(form.words), key=lambda word: (-len(word), word))[:2]
        return {f"{number} {_key(word)}" for number in form.numbers[:5] for word in longest}


class HomeKind(AddressKind):
    """As `address`, but other houses of one street are told from a street without a house."""

    parts: ClassVar[Levels] = {"": ("same", "part", "near", "street", "other house", "other")}

    @override
    def number(self, one: Address, other: Address) -> int:
        number = _addresses(one, other)
        if number < _STREET:
            return number
        has_houses = bool(one.numbers and other.numbers)
        return number + (number == _OTHER or has_houses)


def _text(form: Address) -> str:
    return " ".join((*sorted(set(form.words)), *sorted(form.numbers)))


def _addresses(one: Address, other: Address) -> int:
    (words, numbers), (others, held) = one, other
    if words == others and numbers == held:
        return 0
    mine = set(words)
    common = mine.intersection(others)
    # Most addresses are of other houses: only of one house it matters how its words are written.
    is_one_house = _same_house(numbers, held)
    if not (common or is_one_house):
        return _OTHER
    theirs = set(others)
    if mine == theirs and sorted(numbers) == sorted(held):
        return 0
    if is_one_house:
        if _is_part(one, other):
            return 1
        if common or word_distance(words[0], others[0]) < 2:
            return 2
    return _STREET if len(common) * 2 > min(len(mine), len(theirs)) else _OTHER


def _is_part(one: Address, other: Address) -> bool:
    """Whether the words and numbers of one address are among those of the other."""
    numbers, held = set(one.numbers), set(other.numbers)
    if not (numbers <= held or held <= numbers):
        return False
    mine, theirs = set(one.words), set(other.words)
    return _within(mine, theirs) or _within(theirs, mine)


def _same_house(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether they share a number that may be the house's: that of a flat is seldom the longest."""
    common = [number for number in one if number in other]
    if not common:
        return False
    longest = {max(map(len, one)), max(map(len, other))}
    return any(len(number) in longest for number in common)


def _within(few: set[str], many: set[str]) -> bool:
    """Whether each word of one address stands in the other, slips of the pen aside."""
    return all(word in many or any(_is_word(word, held) for held in many) for word in few)


def _is_word(word: str, held: str) -> bool:
    """Whether they are one word; in Chinese the city stands before the street without a space."""
    return word_distance(word, held) < 2 or (is_chinese(word) and held.endswith(word))


def _key(word: str) -> str:
    """What is left of a word in blocks: whatever stands before a Chinese street is not."""
    return word[-_CHARACTERS:] if is_chinese(word) else word[:_LETTERS]
