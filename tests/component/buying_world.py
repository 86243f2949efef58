"""An instance of customers who buy and leave as models of buying say, always the same ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import CONSENTS, EVENTS, RECORDS
from c360_kernel.payload import ConsentRecorded, EventTracked, Payload, RecordUpserted
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.testing.entries import new_entry

from c360_cli.assembly import assemble
from c360_cli.projections.draining import drain

DAY = 86_400_000
BEGIN = 19_000
DAYS = 400
CUSTOMERS = 160


def buyers() -> Iterator[list[tuple[int, float]]]:
    """Of each customer the days it bought on and what it spent, always the same."""
    chance = Random(11)
    for _ in range(CUSTOMERS):
        rate, leaving = chance.gammavariate(0.8, 1 / 20) + 1e-4, chance.betavariate(1.2, 3)
        likes, day = chance.uniform(10, 90), float(chance.randrange(60))
        bought: list[tuple[int, float]] = []
        while day <= DAYS:
            bought.append((BEGIN + int(day), round(likes * chance.uniform(0.5, 1.5), 2)))
            if chance.random() < leaving:
                break
            day += chance.expovariate(rate)
        yield bought


def payloads() -> Iterator[tuple[str, str, Payload]]:
    for number, bought in enumerate(buyers()):
        key = RecordKey("crm", f"k{number}")
        yield RECORDS, str(key), RecordUpserted(key, 1, 1, traits={"name": f"Person {number}"})
        answer = "granted" if number % 2 else "denied"
        yield CONSENTS, str(key), ConsentRecorded(key, "analytics", answer, 5, "form")
        for place, (day, amount) in enumerate(bought):
            properties: dict[str, TraitValue] = {"amount": amount, "currency": "CNY"}
            at = day * DAY + 3_600_000
            event = EventTracked(key, f"{number}-{place}", "order_completed", at, (), properties)
            yield EVENTS, str(key), event


def entries() -> list[NewEntry]:
    return [
        new_entry(topic, key, payload, stamp=f"{number:028x}", entry_id=f"e{number}")
        for number, (topic, key, payload) in enumerate(payloads())
    ]


def filled(directory: Path, given: list[NewEntry]) -> Path:
    """An instance that has derived all that follows from these entries."""
    instance = assemble(directory)
    services = instance.deriving

    async def fill() -> None:
        log = instance.open_log()
        await log.append(given)
        await drain(services, log)
        await log.close()

    asyncio.run(fill())
    return directory
