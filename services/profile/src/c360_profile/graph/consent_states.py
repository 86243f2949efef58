"""Who consents to a purpose, for the gateway, which shows some fields of nobody else."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey

from c360_profile.domain.consent import most_restrictive
from c360_profile.graph.context import GraphContext, Info

_GRANTED = "granted"


async def consented(
    info: Info,
    purpose: str,
    customers: Sequence[strawberry.ID],
    sources: Sequence[str],
    keys: Sequence[str],
) -> list[bool]:
    """For each customer, then each record (its customer), whether the purpose is granted.

    The most restrictive answer of all records of a customer counts; no answer grants nothing.
    """
    if len(sources) != len(keys):
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    context = info.context
    records = [RecordKey(*one) for one in zip(sources, keys, strict=True)]
    held = await context.records.load_many(records)
    owners = ["" if one is None else one.assignment.customer for one in held]
    places = [*customers, *owners]
    granted = await _granted(context, purpose, sorted({one for one in places if one}))
    return [one in granted for one in places]


async def _granted(context: GraphContext, purpose: str, customers: list[str]) -> frozenset[str]:
    found: set[str] = set()
    own = await context.own_records.load_many(customers)
    for customer, records in zip(customers, own, strict=True):
        answers = most_restrictive((one.key, one.consents.values()) for one in records)
        statuses = {one.consent.purpose: one.consent.status for one in answers}
        if statuses.get(purpose) == _GRANTED:
            found.add(customer)
    return frozenset(found)
