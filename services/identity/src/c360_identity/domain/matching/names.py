"""Names of people and organisations in the form in which they are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.chinese import reading

from c360_identity.domain.matching.folding import is_chinese, words
from c360_identity.domain.matching.lists import (
    COMPOUND_SURNAMES,
    surname_reading,
    titles,
)

_REMEMBERED = 1 << 12
_GENERATIONS = {
    "sr": 1, "senior": 1, "i": 1, "jr": 2, "junior": 2, "ii": 2, "iii": 3, "iv": 4,
}  # fmt: skip
_SPELT_OUT = 5
_BOTH = 2
_SPELLINGS = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck"), "k"),
    (re.compile(r"(ey|ie|y|ee)$"), "i"),
    (re.compile(r"([a-z])\1+"), r"\1"),
)
ORGANISATIONS = frozenset({"organization", "organisation", "company", "business"})


class Part(NamedTuple):
    """A part of a name as written, folded, how it sounds in Latin letters, and its words."""

    text: str
    sound: str
    words: tuple[str, ...]


class Name(NamedTuple):
    """A name. `ordered` says that it is known which part is which; either part may be missing.

    That of an organisation is both at once. `generation` is 1 of a senior, 2 of a junior, …;
    `number` what it has of figures, as names have that somebody counted: "Guest 12". `completed`
    says that a part was not said and is told by a mailbox.
    """

    family: Part | None
    given: Part | None
    middle: tuple[str, ...] = ()
    ordered: bool = True
    generation: int = 0
    number: str = ""
    completed: bool = False


@lru_cache(_REMEMBERED)
def name_of(first: str, middle: str, last: str, full: str, what: str = "") -> Name | None:
    """The name that these fields tell, None if they tell none; `what` says what it is the name of.

    Fields of its parts are believed; without them the full name is taken apart.
    """
    name = _told(first, middle, last, full, what)
    number = _number(f"{first} {last}") or _number(full)
    return name._replace(number=number) if name and number else name


def completed(name: Name, mailboxes: Iterable[str]) -> Name:
    """A name of one part, and of the other what a mailbox called by both says: `jun.hu@…`."""
    known = name.family or name.given
    if known is None or (name.family and name.given) or name.number:
        return name
    for mailbox in mailboxes:
        called = [word for word in words(mailbox.partition("@")[0]) if not word.isdigit()]
        if len(called) == _BOTH and known.sound in (said := [_sound(word) for word in called]):
            other = called[1 - said.index(known.sound)]
            part = _part((other,))
            both = {"family": part} if name.family is None else {"given": part}
            return name._replace(**both, completed=True)
    return name


def _told(first: str, middle: str, last: str, full: str, what: str) -> Name | None:
    if what.casefold() in ORGANISATIONS:
        whole = _part(_without_titles(words(full or last)))
        return _named(Name(whole, whole))
    if not (first or last):
        return _whole(full)
    if full and not (first and last):
        return _completed(first or last, full) or _told(first, middle, last, "", what)
    if is_chinese(first + last):
        given = _bare(first)
        return _named(Name(_surname(last), _part((given,) if given else ())))
    generation = _generation((*words(first), "", *words(last)))
    given_words, family_words = _without_titles(words(first)), _without_titles(words(last))
    rest = (*given_words[1:], *words(middle))
    name = Name(_part(family_words), _part(given_words[:1]), rest, generation=generation)
    return _named(name)


def _whole(full: str) -> Name | None:
    return _chinese(_bare(full)) if is_chinese(full) else _western(full)


def _completed(known: str, full: str) -> Name | None:
    """A full name of which one part is told as well, if it has both."""
    name = _whole(full)
    if name is None or name.family is None or name.given is None:
        return None
    said = "".join(words(known))
    return name if said in (name.family.text, name.given.text) else None


def _named(name: Name) -> Name | None:
    return name if name.family or name.given else None


def _bare(text: str) -> str:
    """A Chinese name without what is said beside it."""
    bare = "".join(words(text))
    for title in titles():
        if bare.endswith(title) and len(bare) > len(title) and not title.isascii():
            bare = bare[: -len(title)]
    return bare


def _chinese(text: str) -> Name | None:
    length = 2 if text[:2] in COMPOUND_SURNAMES else 1
    given = text[length:]
    return _named(Name(_surname(text[:length]), _part((given,) if given else ())))


def _surname(text: str) -> Part | None:
    bare = "".join(words(text))
    return Part(bare, surname_reading(bare), (bare,)) if bare else None


def _western(full: str) -> Name | None:
    before, comma, after = full.partition(",")
    generation = _generation(words(full))
    if comma and (given := _without_titles(words(after))):
        family = _without_titles(words(before))
        return _named(Name(_part(family), _part(given[:1]), given[1:], generation=generation))
    found = _without_titles(words(full))
    family, rest = found[-1:], found[1:-1]
    given = found[:1] if len(found) > 1 else ()
    return _named(Name(_part(family), _part(given), rest, ordered=False, generation=generation))


def _number(text: str) -> str:
    return "-".join([word for word in words(text) if word.isdigit()])


def _generation(found: tuple[str, ...]) -> int:
    """Of what stands last in one of the fields; nobody is named so otherwise."""
    places = [i for i in range(len(found)) if i and (i + 1 == len(found) or not found[i + 1])]
    return max((_GENERATIONS.get(found[place], 0) for place in places), default=0)


def _without_titles(found: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(word for word in found if word not in titles() and not word.isdigit())
    return kept or found


def _part(found: tuple[str, ...]) -> Part | None:
    text = "".join(found)
    if not text:
        return None
    return Part(text, reading(text) if is_chinese(text) else _sound(text), found)


def _sound(text: str) -> str:
    """Spellings of one Western name in one form; short ones may be Chinese syllables."""
    if len(text) < _SPELT_OUT:
        return text
    for spelling, sound in _SPELLINGS:
        text = spelling.sub(sound, text)
    return text
