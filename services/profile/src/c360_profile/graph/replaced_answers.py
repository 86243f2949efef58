"""Which answers a new grant replaces, for the gateway, which writes them beside the grant."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey

from c360_profile.domain.record import SourceRecord
from c360_profile.graph.context import Info

_GRANTED = "granted"
_MOST = 1_000


async def replaced_answers(
    info: Info, sources: Sequence[str], keys: Sequence[str], purposes: Sequence[str]
) -> list[list[str]]:
    """For each record and purpose the stamps of what other records of its customer hold against it.

    The lists have one entry for each grant. Whoever was asked again said so for all records that
    are one customer now; of a customer of so many that not all can be named, for none.
    """
    if len({len(sources), len(keys), len(purposes)}) > 1:
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    records = [RecordKey(*one) for one in zip(sources, keys, strict=True)]
    held = await info.context.records.load_many(records)
    owners = ["" if one is None else one.customer for one in held]
    answering = await info.context.answering.load_many([one for one in owners if one])
    others = dict(zip((one for one in owners if one), answering, strict=True))
    return [
        _against(others.get(owner, ()), record, purpose)
        for owner, record, purpose in zip(owners, records, purposes, strict=True)
    ]


def _against(own: Sequence[SourceRecord], record: RecordKey, purpose: str) -> list[str]:
    answers = (one.consents.get(purpose) for one in own if one.key != record)
    stamps = sorted(one.stamp for one in answers if one is not None and one.status != _GRANTED)
    return stamps if len(stamps) <= _MOST else []
