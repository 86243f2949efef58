"""The people behind the records: who they are and what they can be reached by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from c360_cli.generate import numbers
from c360_cli.generate.vocabulary import (
    CITIES,
    ENGLISH_FEMALE,
    ENGLISH_MALE,
    ENGLISH_SURNAMES,
    GIVEN_FEMALE,
    GIVEN_MALE,
    MAIL_DOMAINS,
    STREETS,
    SURNAMES,
    City,
    Word,
)

_ENGLISH_SHARE = 0.25
_FAMILY_SHARE = 0.08
_RECYCLED_SHARE = 0.04
_LARGEST_FAMILY = 4


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `shares_phone`: somebody else's records show the same number.

    Whoever shares a phone is known to the CRM by national id and card, because otherwise
    nothing in the data would tell the two apart: that would be a riddle, not a test.
    """

    number: int
    chinese: bool
    surname: Word
    given: Word
    gender: str
    born: dt.date
    city: City
    address: Word
    phone: str
    email: str
    national_id: str
    has_card: bool
    shares_phone: bool = False

    @property
    def name(self) -> str:
        """The full name in the person's own script."""
        if self.chinese:
            return self.surname.hanzi + self.given.hanzi
        return self.latin_name

    @property
    def latin_name(self) -> str:
        """The full name in Latin letters, given name first."""
        return f"{self.given.latin} {self.surname.latin}"

    @property
    def member_card(self) -> str:
        """The number of the loyalty card, for who has one."""
        return numbers.member_card(self.number)


def make_people(chance: Random, count: int) -> list[Person]:
    """`count` people, some of them sharing phones as families or as holders after one another."""
    first = chance.randrange(1_000_000)
    people = [_person(chance, first + index) for index in range(count)]
    people = list(_with_families(chance, people))
    return _with_recycled_numbers(chance, people)


def _person(chance: Random, number: int) -> Person:
    chinese = chance.random() >= _ENGLISH_SHARE
    gender = chance.choice(("male", "female"))
    surname, given = _name(chance, gender) if chinese else _english_name(chance, gender)
    city = chance.choice(CITIES)
    house = chance.randrange(1, 300)
    street = chance.choice(STREETS)
    return Person(
        number=number,
        chinese=chinese,
        surname=surname,
        given=given,
        gender=gender,
        born=numbers.birth_date(number),
        city=city,
        address=Word(f"{street.hanzi}{house}号", f"{house} {street.latin}"),
        phone=numbers.chinese_mobile(number) if chinese else numbers.american_phone(number),
        email=_email(chance, surname, given, number),
        national_id=numbers.national_id(city.region_code, number),
        has_card=chance.random() < 0.6,
    )


def _name(chance: Random, gender: str) -> tuple[Word, Word]:
    given = GIVEN_MALE if gender == "male" else GIVEN_FEMALE
    return chance.choice(SURNAMES), chance.choice(given)


def _english_name(chance: Random, gender: str) -> tuple[Word, Word]:
    surname = chance.choice(ENGLISH_SURNAMES)
    given = chance.choice(ENGLISH_MALE if gender == "male" else ENGLISH_FEMALE)
    return Word(surname, surname), Word(given, given)


def _email(chance: Random, surname: Word, given: Word, number: int) -> str:
    local = f"{given.latin}.{surname.latin}".lower().replace("'", "").replace(" ", "")
    return f"{local}{number}@{chance.choice(MAIL_DOMAINS)}"


def _with_families(chance: Random, people: list[Person]) -> Iterator[Person]:
    """Families stand beside one another: one surname, one home, one phone.

    A family is owed from the start, so that a small world has one too.
    """
    index, owed = 0, True
    while index < len(people):
        family = people[index : index + chance.randrange(2, _LARGEST_FAMILY + 1)]
        wanted = owed or chance.random() < _FAMILY_SHARE
        if wanted and len(family) > 1 and all(person.chinese for person in family):
            yield from _family(family)
            index, owed = index + len(family), False
        else:
            yield people[index]
            index += 1


def _family(members: list[Person]) -> Iterator[Person]:
    head = members[0]
    for member in members:
        yield replace(
            member,
            surname=head.surname,
            address=head.address,
            phone=head.phone,
            has_card=True,
            shares_phone=True,
        )


def _with_recycled_numbers(chance: Random, people: list[Person]) -> list[Person]:
    """Give some people the number that a stranger gave up; the stranger's records still show it."""
    result = list(people)
    free = [i for i, p in enumerate(people) if p.chinese and not p.shares_phone]
    chance.shuffle(free)
    pairs = min(len(free) // 2, 1 + int(len(free) * _RECYCLED_SHARE / 2))
    for former, present in zip(free[:pairs], free[pairs : 2 * pairs], strict=True):
        result[former] = replace(people[former], has_card=True, shares_phone=True)
        result[present] = replace(
            people[present], phone=people[former].phone, has_card=True, shares_phone=True
        )
    return result
