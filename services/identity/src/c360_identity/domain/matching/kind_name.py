"""Comparing names of people and organisations: two things, the family name and the given name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from c360_kernel.chinese import syllables
from typing_extensions import override

from c360_identity.domain.matching.alike import word_distance
from c360_identity.domain.matching.folding import is_chinese
from c360_identity.domain.matching.kind import ALONE, MISSING, Kind, Level, Levels
from c360_identity.domain.matching.lists import initials_of, nicknames
from c360_identity.domain.matching.names import Name, Part, completed, name_of

_SAME, _SOUND, _VARIANT, _NEAR, _INITIAL, _LOOSE, _OTHER = range(7)
_LEVELS = ("same", "sounds alike", "variant", "near", "initial", "loosely", "other")
_ABSENT = Level(MISSING)
_MISPLACED = Level(_NEAR), Level(_NEAR)
_REMEMBERED = 1 << 12
_WORDS = {"word": None, "word3": 3, "word2": 2}
_NAMES = {"names": None, "starts": 4, "starts2": 2}
"""Of each atom how many letters of a part, or of both, count."""


class NameKind(Kind):
    """Fields: first, middle, last, full name, and what has it. Parts may have changed places."""

    parts: ClassVar[Levels] = {"family": (*_LEVELS, "swapped"), "given": _LEVELS}
    atoms = (
        *("family", "family3", "given", "word", "word3", "word2", "names", "starts", "starts2"),
    )
    shared = ("family",)
    places = 5
    is_slow = True
    is_shared_by_chance = True
    has_names = True

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Name | None:
        first, middle, last, full, what = (" ".join(one) for one in values)
        return name_of(first, middle, last, full, what)

    @override
    def plain(self, form: Name) -> Any:
        family, given, *rest = form
        return (family and tuple(family), given and tuple(given), *rest)

    @override
    def restored(self, plain: Sequence[Any]) -> Name:
        family, given, *rest = plain
        return Name(family and Part(*family), given and Part(*given), *rest)

    @override
    def compare(self, one: Name, other: Name) -> Sequence[Level]:
        if one.number and other.number and one.number != other.number:
            # Of the guests of one list the words say nothing, and a number may stand for anything.
            return _ABSENT, _ABSENT
        return _compared(one, other)

    @override
    def terms(self, form: Name) -> Sequence[Iterable[str]]:
        # Either part may stand where the other should.
        both = {text for part in (form.family, form.given) if part for text in part[:2]}
        return both, both

    @override
    def keys(self, form: Name, atom: str) -> Iterable[str]:
        held = [part for part in (form.family, form.given) if part]
        if atom in _WORDS:
            length = _WORDS[atom]
            return {one[:length] for part in held for one in (part.sound, *part.words)}
        if atom in _NAMES:
            both, length = [part.sound for part in held], _NAMES[atom]
            return ("|".join(sorted(s[:length] for s in both)),) if len(both) == 2 else ()
        part = form.given if atom == "given" else form.family
        if part is None:
            return ()
        return (part.sound[:3] if atom == "family3" else part.sound,)


class PersonKind(NameKind):
    """A name, and mailboxes: of who says one part of a name the other may be in the mailbox's."""

    places = 6
    stand_ins = 1

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Name | None:
        *said, mailboxes = values
        name = super().form(said)
        return completed(name, mailboxes) if name else None

    @override
    def stands_in(self, form: Name) -> bool:
        return form.completed


@lru_cache(_REMEMBERED)
def _compared(one: Name, other: Name) -> tuple[Level, Level]:
    if one.generation and other.generation and one.generation != other.generation:
        # Father and son have everything else in common.
        return Level(_OTHER), Level(_OTHER)
    straight = _part(one.family, other.family), _part(one.given, other.given)
    if min(straight[0].number, straight[1].number) == _SAME:
        return _with_middle(straight, one, other)
    if _are_spaced_otherwise(one, other):
        return _MISPLACED
    return _either_way(straight, one, other)


def _either_way(straight: tuple[Level, Level], one: Name, other: Name) -> tuple[Level, Level]:
    """Parts as they stand, or in changed places where that is more alike."""
    crossed = _part(one.family, other.given), _part(one.given, other.family)
    if _rank(crossed) >= _rank(straight):
        return _with_middle(straight, one, other)
    if one.ordered != other.ordered:
        # Whoever says which part is which says it of both.
        return crossed if one.ordered else (crossed[1], crossed[0])
    if not one.ordered or MISSING in (crossed[0].number, crossed[1].number):
        return min(crossed), max(crossed)
    return Level(len(_LEVELS)), max(crossed)


def _are_spaced_otherwise(one: Name, other: Name) -> bool:
    """Whether a space stands a letter too early or late: that is a slip, too."""
    if not (one.family and one.given and other.family and other.given):
        return False
    if one.given.text[0] != other.given.text[0]:
        return False
    mine = "".join((one.given.text, *one.middle, one.family.text))
    return mine == "".join((other.given.text, *other.middle, other.family.text))


def _rank(levels: tuple[Level, Level]) -> int:
    """Less for more alike; what is missing counts as little."""
    return sum(_LOOSE if level.number == MISSING else level.number for level in levels)


def _with_middle(levels: tuple[Level, Level], one: Name, other: Name) -> tuple[Level, Level]:
    """Who goes by a middle name, or writes as two words what others write as one."""
    family, given = levels
    if given.number in (_LOOSE, _OTHER) and one.given and other.given:
        if one.given.text in other.middle or other.given.text in one.middle:
            return family, Level(_VARIANT)
        whole, theirs = ("".join((n.given.sound, *n.middle)) for n in (one, other) if n.given)
        if one.given.sound == theirs or other.given.sound == whole:
            return family, Level(_SOUND)
    return levels


def _part(one: Part | None, other: Part | None) -> Level:
    if one is None or other is None:
        return _ABSENT
    if one.text == other.text:
        return Level(_SAME, one.text)
    if one.sound == other.sound:
        # In another script there is no other way to write it.
        is_same = is_chinese(one.text) != is_chinese(other.text)
        return Level(_SAME if is_same else _SOUND, one.sound)
    # A script that nothing here reads says nothing about another one.
    is_one_script = one.sound.isascii() == other.sound.isascii()
    return ALONE[_unlike(one, other)][0] if is_one_script else _ABSENT


@lru_cache(_REMEMBERED)
def _unlike(one: Part, other: Part) -> int:
    a, b = one.sound, other.sound
    if _are_variants(one, other):
        return _VARIANT
    distance = _distance(one, other)
    if distance == 1:
        return _NEAR
    if min(len(a), len(b)) == 1 and _begins(a, b):
        return _INITIAL
    return _LOOSE if distance == 2 else _OTHER


def _distance(one: Part, other: Part) -> int:
    """Of two words; slips are made in what is written, however it sounds.

    A Chinese syllable with another letter is another word, unless the two are taken for each other.
    """
    a, b = one.sound, other.sound
    known = syllables()
    if a in known and b in known:
        return 1 if _loosely_spoken(a) == _loosely_spoken(b) else max(2, word_distance(a, b))
    return 1 if word_distance(one.text, other.text) == 1 else word_distance(a, b)


def _loosely_spoken(syllable: str) -> str:
    """A syllable as many speakers say it, and so write it."""
    retroflex = syllable[1:2] == "h" and syllable[0] in "zcs"
    begun = syllable[0] + syllable[2:] if retroflex else syllable
    begun = f"n{begun[1:]}" if begun[0] == "l" else begun
    return begun.removesuffix("g") if begun.endswith("ng") else begun


def _begins(one: str, other: str) -> bool:
    """Whether a name begins with an initial, or another name of whoever has it does."""
    initial, name = sorted((one, other), key=len)
    return initial == name[0] or initial in initials_of(name)


def _are_variants(one: Part, other: Part) -> bool:
    """Names of one person by the list of nicknames, or the words of one are among the other's."""
    known = nicknames()
    a, b = one.text, other.text
    if a in known and b in known and not known[a].isdisjoint(known[b]):
        return True
    mine, theirs = one.words, other.words
    if max(len(mine), len(theirs)) < 2:
        return False
    return _within(mine, theirs) or _within(theirs, mine)


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    return all(any(word_distance(word, held) < 2 for held in many) for word in few)
