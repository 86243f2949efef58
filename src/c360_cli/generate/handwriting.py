"""How the same thing is written by different hands: formats, and typing errors."""

from __future__ import annotations

from random import Random

from c360_cli.generate.people import Person
from c360_cli.generate.vocabulary import HOMOPHONES, MAIL_DOMAINS, MISTYPED_DOMAINS

_PHONE_TYPO = 0.02
_EMAIL_TYPO = 0.02
_NAME_TYPO = 0.05
_NATIONAL_ID_TYPO = 0.02


def write_phone(chance: Random, person: Person) -> str:
    """The person's phone in one of many forms, now and then with a wrong digit."""
    digits = person.phone
    if not person.shares_phone and chance.random() < _PHONE_TYPO:
        digits = mistype(chance, digits)
    return _chinese_form(chance, digits) if person.chinese else _american_form(chance, digits)


def _chinese_form(chance: Random, d: str) -> str:
    return chance.choice(
        (
            d,
            d,
            f"{d[:3]} {d[3:7]} {d[7:]}",
            f"{d[:3]}-{d[3:7]}-{d[7:]}",
            f"+86{d}",
            f"+86 {d[:3]} {d[3:7]} {d[7:]}",
            f"0086{d}",
            f"86-{d}",
            f"(+86) {d}",
            d.translate(_FULL_WIDTH),
        )
    )


def _american_form(chance: Random, d: str) -> str:
    """Always with the country code: the sources dial from China."""
    return chance.choice(
        (
            f"+1{d}",
            f"+1 {d[:3]} {d[3:6]} {d[6:]}",
            f"+1 ({d[:3]}) {d[3:6]}-{d[6:]}",
            f"+1-{d[:3]}-{d[3:6]}-{d[6:]}",
            f"001{d}",
        )
    )


_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def mistype(chance: Random, digits: str) -> str:
    """Digits with one of the last six typed wrong."""
    place = chance.randrange(len(digits) - 6, len(digits))
    wrong = (int(digits[place]) + chance.randrange(1, 10)) % 10
    return f"{digits[:place]}{wrong}{digits[place + 1 :]}"


def write_email(chance: Random, person: Person) -> str:
    """The person's e-mail address, sometimes in capitals, now and then at a mistyped domain."""
    if chance.random() < _EMAIL_TYPO:
        local, _, domain = person.email.partition("@")
        return f"{local}@{MISTYPED_DOMAINS[MAIL_DOMAINS.index(domain)]}"
    return person.email.title() if chance.random() < 0.1 else person.email


def write_name(chance: Random, person: Person) -> str:
    """The full name in its own script, now and then misspelt."""
    if chance.random() >= _NAME_TYPO:
        return person.name
    if person.chinese:
        return "".join(HOMOPHONES.get(character, character) for character in person.name)
    place = chance.randrange(1, len(person.name) - 1)
    name = person.name
    return f"{name[:place]}{name[place + 1]}{name[place]}{name[place + 2 :]}"


def write_latin_name(chance: Random, person: Person) -> str:
    """The name as an ERP prints it: capitals, surname first or last."""
    surname, given = person.surname.latin.upper(), person.given.latin.upper()
    return chance.choice((f"{surname} {given}", f"{given} {surname}", f"{surname}, {given}"))


def write_salutation(person: Person) -> str:
    """How a shop assistant notes somebody down."""
    if person.chinese:
        return person.surname.hanzi + ("先生" if person.gender == "male" else "女士")
    return ("Mr " if person.gender == "male" else "Ms ") + person.surname.latin


def write_national_id(chance: Random, person: Person) -> str:
    """The national id, now and then with a digit that breaks its check digit."""
    given = person.national_id
    if not person.shares_phone and chance.random() < _NATIONAL_ID_TYPO:
        return given[:16] + str((int(given[16]) + 1) % 10) + given[17]
    return given.lower() if chance.random() < 0.2 else given
