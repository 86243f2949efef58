"""A steward joins two customers, takes them apart, takes that back: shown before, between, after.

Golden profile, timeline, consents and segments follow each decision, and are in the end what they
were. The two are records of one person that no evidence joins, found by what the made world knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from c360_kernel.errors import Invalid

from c360_cli.generate import World

ROLE = "data_steward"
TITLE = "Are these two one customer?"
LOOK_FOR = "All that is known of both is one, is two again, and comes back as it was."
DECISIONS = ("SAME", "NOT_SAME", "UNDO", "UNDO")
_FROM_VISITORS = "web"
_LOOKED_AT = 60
Record = tuple[str, str]
Ask = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Asks a query with variables as a steward; the data of the answer."""

WHOSE = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) { id }
}"""
SEEN = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) {
    id
    records { source key }
    profile { name phone email city loyaltyTier }
    timeline(first: 50) { edges { node { name occurredAt source } } }
    consents { purpose status }
    segments { name }
  }
}"""
DECIDE = """mutation ($items: [DecisionInput!]!) {
  decideIdentity(items: $items, wait: PROFILE, timeoutMs: 20000) {
    results { status code message customerId }
  }
}"""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was seen of both records after a decision ("" before any)."""

    decision: str
    seen: tuple[Mapping[str, Any], Mapping[str, Any]]

    @property
    def is_one(self) -> bool:
        """Whether both are one customer."""
        return self.seen[0]["id"] == self.seen[1]["id"]

    def lines(self) -> Iterator[str]:
        """A line for each customer."""
        yield f"{self.decision or 'before'}: {'one customer' if self.is_one else 'two customers'}"
        for customer in self.seen[:1] if self.is_one else self.seen:
            yield f"  {_summed_up(customer)}"


async def find_pair(world: World, ask: Ask) -> tuple[Record, Record]:
    """Two records of one person with two customers, else of two visitors."""
    people: dict[str, list[Record]] = defaultdict(list)
    for record, person in sorted(world.truth.items()):
        people[str(person)].append(record)
    for records in sorted(people.values(), key=len, reverse=True)[:_LOOKED_AT]:
        owners: dict[str, Record] = {}
        for record in records:
            if (owner := await _owner(record, ask)) is not None:
                owners.setdefault(owner, record)
        if len(owners) > 1:
            first, second, *_ = owners.values()
            return first, second
    visitors = [one for each in people.values() for one in each[:1] if one[0] == _FROM_VISITORS]
    return visitors[0], visitors[1]


async def show(
    pair: tuple[Record, Record], ask: Ask, settled: Callable[[], Awaitable[None]]
) -> list[Moment]:
    """Decide and look after each decision; raises `Invalid` (DEMO_DIFFERS)."""
    moments = [await _moment("", pair, ask)]
    for decision in DECISIONS:
        await _decide(decision, pair, ask)
        await settled()
        moments.append(await _moment(decision, pair, ask))
    before, joined, apart, again, after = moments
    if not joined.is_one or apart.seen != before.seen:
        raise Invalid("to take apart did not bring back what was", code="DEMO_DIFFERS")
    if again.seen != joined.seen or after.seen != before.seen:
        raise Invalid("an undo did not bring back what was", code="DEMO_DIFFERS")
    return moments


async def _owner(record: Record, ask: Ask) -> str | None:
    found = await ask(WHOSE, {"source": record[0], "key": record[1]})
    customer = found["customerByRecord"]
    return None if customer is None else customer["id"]


async def _moment(decision: str, pair: tuple[Record, Record], ask: Ask) -> Moment:
    first, second = [
        (await ask(SEEN, {"source": source, "key": key}))["customerByRecord"]
        for source, key in pair
    ]
    return Moment(decision, (first, second))


async def _decide(decision: str, pair: tuple[Record, Record], ask: Ask) -> None:
    a, b = ({"source": source, "key": key} for source, key in pair)
    item = {"decision": decision, "a": a, "b": b, "reason": "for the demonstration"}
    (result,) = (await ask(DECIDE, {"items": [item]}))["decideIdentity"]["results"]
    if result["status"] == "REFUSED":
        raise Invalid(f"a decision was refused: {result['code']}", code="DEMO_REFUSED")


def _summed_up(customer: Mapping[str, Any]) -> str:
    records = " ".join(f"{one['source']}/{one['key']}" for one in customer["records"])
    segments = ", ".join(one["name"] for one in customer["segments"] or ()) or "none"
    consents = sorted({f"{one['purpose']} {one['status'].lower()}" for one in customer["consents"]})
    events = len(customer["timeline"]["edges"])
    about = f"{customer['profile']['name']} ({records}), {events} events"
    return f"{about}, segments: {segments}, consents: {', '.join(consents) or 'none'}"
