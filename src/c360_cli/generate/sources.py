"""What each of the five systems knows about a person, with its gaps and its handwriting.

A phone that others share is shown by the CRM alone, beside the national id and the
card; see `Person`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from c360_cli.generate import calendar, handwriting, numbers
from c360_cli.generate.people import Person
from c360_cli.generate.vocabulary import CATEGORIES, COMPANIES, TITLES
from c360_cli.generate.world import WorldRecord

APP = "wx7c1f3a90d2"
SOURCES = ("crm", "erp", "web", "miniprogram", "store")

Values = dict[str, str | int | float | bool | list[str]]


def crm_key(person: Person) -> str:
    """The CRM's number of a person."""
    return f"C{person.number:07d}"


def crm_record(chance: Random, person: Person, tiers: tuple[str, ...]) -> WorldRecord:
    """The fullest record: address, papers, loyalty."""
    sure = person.shares_phone
    identifiers = {"crm_id": [crm_key(person)]}
    if person.has_card and (sure or chance.random() < 0.8):
        identifiers["member_card"] = [person.member_card]
    traits: Values = {"name": handwriting.write_name(chance, person), "gender": person.gender}
    if person.chinese and (sure or chance.random() < 0.6):
        traits["nationalId"] = handwriting.write_national_id(chance, person)
    if sure or chance.random() < 0.95:
        traits["phone"] = handwriting.write_phone(chance, person)
    if sure or chance.random() < 0.9:
        traits["email"] = handwriting.write_email(chance, person)
    traits |= _home(person) | _loyalty(chance, person, tiers)
    return _record("crm", crm_key(person), chance, identifiers, _with_gaps(chance, traits))


def _home(person: Person) -> Values:
    return {
        "birthDate": person.born.isoformat(),
        "address": person.address.hanzi if person.chinese else person.address.latin,
        "city": person.city.hanzi if person.chinese else person.city.latin,
        "postalCode": person.city.postal_code,
    }


def _loyalty(chance: Random, person: Person, tiers: tuple[str, ...]) -> Values:
    joined: Values = {"customerSince": calendar.day(chance)}
    if person.has_card:
        joined |= {"loyaltyTier": chance.choice(tiers), "loyaltyPoints": chance.randrange(20_000)}
    return joined


def erp_record(chance: Random, person: Person, knows_crm: bool) -> WorldRecord:
    """Money: what was spent, what may be owed, names in capitals."""
    identifiers = {"crm_id": [crm_key(person)]} if knows_crm else {}
    traits: Values = {
        "name": handwriting.write_latin_name(chance, person),
        "totalSpend": round(chance.lognormvariate(6, 1), 2),
        "creditLimit": float(chance.randrange(0, 20) * 500),
        "company": chance.choice(COMPANIES),
        "title": chance.choice(TITLES),
    }
    if not person.shares_phone and chance.random() < 0.8:
        traits["phone"] = handwriting.write_phone(chance, person)
    if chance.random() < 0.6:
        traits["email"] = handwriting.write_email(chance, person)
    key = f"E{person.number:07d}"
    return _record("erp", key, chance, identifiers, _with_gaps(chance, traits))


def cookies_of(person: Person) -> list[str]:
    """The first-party cookies of the person's browsers."""
    return [numbers.token("cookie", 2 * person.number + n, 24) for n in range(2)]


def web_record(chance: Random, person: Person) -> WorldRecord:
    """An account of the web shop and the browser it was opened in."""
    key = f"u{numbers.token('account', person.number, 12)}"
    identifiers = {"account": [key], "cookie": cookies_of(person)[:1]}
    traits: Values = {
        "email": handwriting.write_email(chance, person),
        "firstName": person.given.hanzi if person.chinese else person.given.latin,
        "newsletter": chance.random() < 0.6,
        "language": "zh" if person.chinese else "en",
        "interests": chance.sample(CATEGORIES, k=2),
    }
    if not person.shares_phone and chance.random() < 0.5:
        traits["phone"] = handwriting.write_phone(chance, person)
    return _record("web", key, chance, identifiers, _with_gaps(chance, traits))


def miniprogram_record(chance: Random, person: Person) -> WorldRecord:
    """WeChat: one openid in our app, one unionid across our apps, the phone it runs on."""
    key = f"o{numbers.token('openid', person.number, 27)}"
    identifiers = {
        "unionid": [f"u{numbers.token('unionid', person.number, 27)}"],
        "openid": [f"{APP}:{key}"],
        "device": [numbers.token("device", person.number, 32)],
    }
    if person.has_card and (person.shares_phone or chance.random() < 0.4):
        identifiers["member_card"] = [person.member_card]
    traits: Values = {"name": handwriting.write_name(chance, person)}
    if not person.shares_phone and chance.random() < 0.9:
        traits["phone"] = handwriting.write_phone(chance, person)
    return _record("miniprogram", key, chance, identifiers, traits)


def store_record(chance: Random, person: Person) -> WorldRecord:
    """What an assistant took down at the till: a salutation, a card, perhaps a phone."""
    identifiers: dict[str, list[str]] = {}
    if person.has_card:
        card = person.member_card
        identifiers["member_card"] = [f"{card[:4]} {card[4:8]} {card[8:]}"]
    traits: Values = {
        "name": handwriting.write_salutation(person),
        "city": person.city.hanzi if person.chinese else person.city.latin,
    }
    if not person.shares_phone and chance.random() < 0.85:
        traits["phone"] = handwriting.write_phone(chance, person)
    key = f"S{person.number % 40:02d}-{person.number}"
    return _record("store", key, chance, identifiers, traits)


def moved(chance: Random, record: WorldRecord) -> WorldRecord:
    """The next revision of a record: another house number, a moment later."""
    address = (
        f"{record.traits.get('address', '')} {chance.randrange(1, 20)}-{chance.randrange(1, 9)}"
    )
    return replace(
        record,
        revision=record.revision + 1,
        observed_at=calendar.later(chance, record.observed_at),
        traits={**record.traits, "address": address.strip()},
    )


_NEVER_MISSING = frozenset({"name", "phone", "email", "nationalId"})


def _with_gaps(chance: Random, traits: Values) -> Values:
    """Fields are left empty now and then; those that link have their own shares above."""
    return {
        name: value
        for name, value in traits.items()
        if name in _NEVER_MISSING or chance.random() >= 0.12
    }


def _record(
    source: str,
    key: str,
    chance: Random,
    identifiers: Mapping[str, list[str]],
    traits: Values,
) -> WorldRecord:
    return WorldRecord(source, key, 1, calendar.moment(chance), identifiers, traits)
