"""Many customers in one embedded profile store, with a record each and what happened on it.

They are written with the store's own unit of work, the indexes kept up with them.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.version import Version
from c360_profile.domain.assignment import Assignment
from c360_profile.domain.carried import text_of
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.search.search import texts_of
from c360_profile.store.port import CustomerChange
from c360_profile.store.sqlite import SqliteProfileStore

SEARCHED = ("name", "address", "city")
STARTED = 1_700_000_000_000
"""Since when things happen, ms UTC: for a year."""
_YEAR = 365 * 86_400_000
_BATCH = 2_000
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力鹏雪飞玲"
_FIRST = ("Anna", "John", "Maria", "Peter", "Julia", "Thomas", "Laura", "Daniel", "Sophie", "Emma")
_LAST = ("Johnson", "Smith", "Miller", "Garcia", "Fischer", "Novak", "Rossi", "Dubois", "Larsen")
_CITIES = [f"{a}{b}市" for a in "北南东西上海广成武天" for b in "京海州都汉津安门宁阳"]
_ROADS = [f"{a}{b}路" for a in "建中人和长解延平" for b in "国山民安江放庆华"]
_TIERS = ["bronze", "silver", "gold", "platinum"]
_SOURCES = ("crm", "erp", "pos", "web")
_EVENTS = {"page_viewed": 1.0, "order_completed": 0.3, "order_returned": 0.01, "complained": 0.001}
"""How many customers each happens to, as shares of one."""


class Person(NamedTuple):
    """A customer, the record that it is known from, and what happened on that."""

    customer: Customer
    record: SourceRecord
    events: Sequence[Event]


def customers(size: int) -> Iterator[Customer]:
    """So many live customers, the same ones every time."""
    chance, further = random.Random(15), random.Random(16)
    for _ in range(size):
        name = (
            chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))
            if chance.random() < 0.7
            else f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        )
        traits: dict[str, TraitValue] = {
            "name": name,
            "city": chance.choice(_CITIES),
            "address": f"{chance.choice(_ROADS)}{chance.randrange(2_000)}号",
            "phone": f"+86139{chance.randrange(10**8):08}",
            "loyaltyTier": chance.choices(_TIERS, (60, 30, 9, 1))[0],
            "loyaltyPoints": int(chance.expovariate(0.001)),
            "totalSpend": round(chance.expovariate(0.0005), 2),
        }
        consents = {"marketing": further.choices(("granted", "denied"), (7, 3))[0]}
        sources = tuple(sorted(further.sample(_SOURCES, further.choices((1, 2), (9, 1))[0])))
        id_ = f"{chance.getrandbits(128):032x}"
        yield Customer(id_, 1, traits, consents=consents, sources=sources)


def people(size: int) -> Iterator[Person]:
    """So many customers with their records and events."""
    chance = random.Random(17)
    for number, customer in enumerate(customers(size)):
        key = RecordKey(customer.sources[0], f"{number}")
        carried = [Identifier("phone", str(customer.traits["phone"]))]
        if chance.random() < 0.1:
            carried.append(Identifier("loyalty_card", f"{number:08}"))
        owned = Assignment(customer.id, Version(0, 1))
        record = SourceRecord(key, assignment=owned, carried=text_of(carried))
        happened = [name for name, share in _EVENTS.items() if chance.random() < share]
        at = [STARTED + chance.randrange(_YEAR) for _ in happened]
        events = [
            Event(key, f"{number}-{name}", name, when, f"{number:012}")
            for name, when in zip(happened, at, strict=True)
        ]
        yield Person(customer, record, events)


async def fill(store: SqliteProfileStore, size: int) -> float:
    """Seconds of CPU that it takes to write so many."""
    made = people(size)
    spent = 0.0
    while batch := list(itertools.islice(made, _BATCH)):
        began = time.process_time()
        async with store.unit() as unit:
            await unit.save_records([one.record for one in batch])
            await unit.keep_events([event for one in batch for event in one.events])
            told = [one.customer for one in batch]
            await unit.save_customers([CustomerChange(one, ()) for one in told])
            await unit.seek_by({one.id: texts_of(one.traits, SEARCHED) for one in told})
        spent += time.process_time() - began
    return spent
