"""What is asked about the customers of `people.py`: lists of every kind, and searches."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.conditions.facts import (
    SOURCES,
    Carrying,
    Counted,
    carried_fact,
    consent_fact,
    count_fact,
)
from c360_kernel.conditions.tree import EVERYBODY, All, AnyOf, ValueCondition, ValueTest
from c360_profile.domain.customer import Customer
from c360_profile.domain.ordering import place_of
from c360_profile.domain.query import CustomerQuery, Order, Orders
from c360_profile.domain.search.search import Search
from c360_profile.domain.search.wanted import wanted_of
from people import SEARCHED, STARTED

_DAY = 86_400_000
_GRANTED = ValueTest(consent_fact("marketing"), "equals", "granted")
_DENIED = ValueTest(consent_fact("marketing"), "equals", "denied")
_SPEND = Order("totalSpend", descending=True)
ORDERS: Sequence[Orders] = (
    (),
    (_SPEND,),
    (Order("name"),),
    (Order("loyaltyPoints", descending=True), Order("name")),
)
TIED: Sequence[Orders] = (
    (Order("loyaltyTier", descending=True), Order("name")),
    (Order("city"), _SPEND),
    (Order("loyaltyTier"), Order("loyaltyPoints"), Order("name")),
)
"""Very many customers are equal in the first of these."""


class Asked(NamedTuple):
    """A question, and of which kind it is."""

    kind: str
    query: CustomerQuery


def by_traits(chance: random.Random, some: Sequence[Customer]) -> Mapping[str, ValueCondition]:
    """Filters by traits, by values that customers have."""
    one, other = chance.choice(some).traits, chance.choice(some).traits
    city = ValueTest("city", "equals", one["city"])
    tier = ValueTest("loyaltyTier", "equals", other["loyaltyTier"])
    cities = (str(one["city"]), str(other["city"]))
    return {
        "phone": ValueTest("phone", "equals", one["phone"]),
        "city": city,
        "tier": tier,
        "prefix": ValueTest("name", "starts_with", str(one["name"])[:2]),
        "points": ValueTest("loyaltyPoints", "at_least", 8_000),
        "little": ValueTest("totalSpend", "less_than", 10.0),
        "city_tier": All((city, tier)),
        "city_points": All((city, ValueTest("loyaltyPoints", "at_least", 3_000))),
        "city_tier_spend": All((city, tier, ValueTest("totalSpend", "greater_than", 5_000.0))),
        "cities": ValueTest("city", "in", cities),
    }


def by_facts(chance: random.Random, some: Sequence[Customer]) -> Mapping[str, ValueCondition]:
    """Filters by what happened, what is carried, sources, consents, and all of it together."""
    one = chance.choice(some).traits
    source = ValueTest(SOURCES, "contains", chance.choice(("crm", "web")))
    city = ValueTest("city", "equals", one["city"])
    since = STARTED + chance.randrange(300) * _DAY
    in_may = count_fact(Counted("order_completed", since, since + 30 * _DAY))
    carries = carried_fact(Carrying("phone", str(one["phone"])))
    segment = AnyOf((All((city, _GRANTED)), ValueTest("loyaltyTier", "equals", "platinum")))
    return {
        "event_of_all": ValueTest(count_fact(Counted("page_viewed")), "at_least", 1),
        "event_of_a_third": ValueTest(in_may, "at_least", 1),
        "event_of_one_in_100": ValueTest(count_fact(Counted("order_returned")), "at_least", 1),
        "event_of_one_in_1000": ValueTest(count_fact(Counted("complained")), "at_least", 1),
        "no_event": ValueTest(count_fact(Counted("order_completed")), "equals", 0),
        "identifier": ValueTest(carries, "at_least", 1),
        "identifier_type": ValueTest(carried_fact(Carrying("loyalty_card")), "at_least", 1),
        "source": source,
        "consent": _GRANTED,
        "source_consent": All((source, _DENIED)),
        "city_consent": All((city, _GRANTED)),
        "city_event": All((city, ValueTest(in_may, "at_least", 1))),
        "segment": segment,
        "segment_source": All((segment, source)),
    }


Filters = Callable[[random.Random, Sequence[Customer]], Mapping[str, ValueCondition]]


def lists(
    number: int,
    some: Sequence[Customer],
    filters: Filters,
    orders: Sequence[Orders],
    backwards: bool = False,
) -> list[Asked]:
    """So many first pages and pages further in; last ones and those before, if backwards."""
    chance = random.Random(1)
    asked: list[Asked] = []
    while len(asked) < number:
        for kind, condition in filters(chance, some).items():
            order = chance.choice(orders)
            place = place_of(chance.choice(some), order) if chance.random() < 0.5 else None
            after, before = (None, place) if backwards else (place, None)
            asked.append(Asked(kind, CustomerQuery(condition, order, after, before, backwards)))
    return asked


def everybody(_: random.Random, __: Sequence[Customer]) -> Mapping[str, ValueCondition]:
    """No filter at all."""
    return {"everybody": EVERYBODY}


def texts(chance: random.Random, some: Sequence[Customer]) -> Mapping[str, str]:
    """What people type who look for somebody."""
    one = chance.choice(some).traits
    name, city, address = (str(one[trait]) for trait in ("name", "city", "address"))
    place = chance.randrange(1, len(name))
    return {
        "name": name,
        "city_name": f"{city} {name}",
        "name_address": f"{name} {address}",
        "address": address,
        "mistyped": name[:place] + name[place + 1 :] if name.isascii() else name,
        "first_letter": name[:1],
        "pinyin": "wangwei",
        "all": f"{city}{address} {name}",
        "road": address[:3],
        "nobody": f"{name} 9999",
    }


def searches(number: int, some: Sequence[Customer]) -> list[tuple[str, Search]]:
    """So many searches, each with its kind."""
    chance, asked = random.Random(2), list[tuple[str, Search]]()
    while len(asked) < number:
        for kind, text in texts(chance, some).items():
            asked.append((kind, Search(wanted_of(text), SEARCHED)))
    return asked
