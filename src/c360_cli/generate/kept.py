"""What systems keep of people beside what they identify them by.

An ERP and a shop deliver, a shop and a mini-program send birthday vouchers, a till opens a
membership. None of it identifies anybody, and all of it has gaps, errors and handwriting. It is
drawn from streams of its own, so that it changes nothing else of a world.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from c360_cli.generate import calendar
from c360_cli.generate.handwriting import write_name
from c360_cli.generate.people import Person
from c360_cli.generate.vocabulary import STREETS
from c360_cli.generate.world import Traits, WorldRecord

_ELSEWHERE = 0.06
_WRONG_NUMBER = 0.02
_IN_LATIN = 0.05
_WRONG_GENDER = 0.01
_DAY_AND_MONTH = 0.02
_WRONG_DAY = 0.02
_FIRST_OF_JANUARY = 0.01
_GUESTS = 0.9
_MONTHS = 12

Written = Mapping[str, tuple[float, Callable[[Random, Person], str]]]
"""By trait how often a system keeps it, and how it writes it."""


def with_kept(chance: Random, person: Person, record: WorldRecord) -> WorldRecord:
    """A record with all that its system keeps; what it says already stays as it is."""
    written = _KEPT.get(record.source, {})
    kept = {name: write(chance, person) for name, (_, write) in written.items()}
    held = {name: value for name, value in kept.items() if chance.random() < written[name][0]}
    return replace(record, traits={**held, **record.traits}) if held else record


def guest(chance: Random, person: Person, key: str, cookie: str) -> WorldRecord | None:
    """What a visitor who never logged in leaves in the form of an order; some leave nothing."""
    ordered = chance.random() < _GUESTS
    traits: Traits = {"name": write_name(chance, person)}
    record = WorldRecord("web", key, 1, calendar.moment(chance), {"cookie": [cookie]}, traits)
    kept = with_kept(chance, person, record)
    traits = {name: value for name, value in kept.traits.items() if name != "lastName"}
    return replace(kept, traits=traits) if ordered else None


def _surname(_: Random, person: Person) -> str:
    return person.surname.hanzi if person.chinese else person.surname.latin


def _address(chance: Random, person: Person) -> str:
    """Where parcels go: mostly home, now and then to work; the flat is written, or is not."""
    street, house = _place(chance, person)
    if person.chinese:
        city = person.city.hanzi
        begin = chance.choice(("", "", city, f"{city}市"))
        return f"{begin}{street}{house}号{chance.choice(('', '', f'{house % 6 + 1}单元'))}"
    if chance.random() < 0.3:
        street = street.replace("Road", "Rd").replace("Avenue", "Ave").replace("Street", "St")
    line = f"{house} {street}"
    return line.upper() if chance.random() < 0.1 else line


def _place(chance: Random, person: Person) -> tuple[str, int]:
    digits = "".join(one for one in person.address.latin if one.isdigit())
    house, street = int(digits), person.address.latin.removeprefix(digits).strip()
    if chance.random() < _ELSEWHERE:
        house, street = chance.randrange(1, 300), chance.choice(STREETS).latin
    elif chance.random() < _WRONG_NUMBER:
        house += chance.choice((-1, 1, 10))
    by_latin = {one.latin: one.hanzi for one in STREETS}
    return (by_latin[street] if person.chinese else street), house


def _city(chance: Random, person: Person) -> str:
    is_latin = not person.chinese or chance.random() < _IN_LATIN
    return person.city.latin if is_latin else person.city.hanzi


def _postal_code(chance: Random, person: Person) -> str:
    code = person.city.postal_code
    return f"{code[:-1]}{chance.randrange(10)}" if chance.random() < _WRONG_NUMBER else code


def _gender(chance: Random, person: Person) -> str:
    if chance.random() < _WRONG_GENDER:
        return "female" if person.gender == "male" else "male"
    return person.gender


def _birth_date(chance: Random, person: Person) -> str:
    born, luck = person.born, chance.random()
    if luck < _DAY_AND_MONTH and born.day <= _MONTHS:
        return born.replace(month=born.day, day=born.month).isoformat()
    if luck < _DAY_AND_MONTH + _WRONG_DAY:
        return (born + dt.timedelta(days=chance.choice((-1, 1, 10)))).isoformat()
    if luck < _DAY_AND_MONTH + _WRONG_DAY + _FIRST_OF_JANUARY:
        return born.replace(month=1, day=1).isoformat()
    return born.isoformat()


_KEPT: Mapping[str, Written] = {
    "erp": {
        "address": (0.95, _address),
        "city": (0.9, _city),
        "postalCode": (0.8, _postal_code),
    },
    "web": {
        "lastName": (0.92, _surname),
        "birthDate": (0.9, _birth_date),
        "address": (0.9, _address),
        "city": (0.85, _city),
        "postalCode": (0.7, _postal_code),
    },
    "miniprogram": {
        "gender": (0.9, _gender),
        "birthDate": (0.9, _birth_date),
        "city": (0.85, _city),
    },
    "store": {"birthDate": (0.9, _birth_date)},
}
