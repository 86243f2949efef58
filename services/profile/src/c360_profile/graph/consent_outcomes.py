"""What answers to consents came to, for whoever has written them and waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from c360_kernel.errors import Invalid
from c360_kernel.payload import ConsentStatus
from c360_kernel.record import RecordKey

from c360_profile.domain.consent import RESTRICTION, Consent
from c360_profile.graph.context import Info


async def consent_outcomes(
    info: Info,
    sources: Sequence[str],
    keys: Sequence[str],
    purposes: Sequence[str],
    statuses: Sequence[str],
    times: Sequence[str],
    claims: Sequence[str],
    stamps: Sequence[str],
) -> list[str | None]:
    """APPLIED, DUPLICATE or OUTDATED for each answer; null for one of a record not known.

    The lists have one entry for each answer; times are ms UTC, as text.
    """
    lists = (sources, keys, purposes, statuses, times, claims, stamps)
    if len({len(one) for one in lists}) > 1:
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    answers = [_answer(*one) for one in zip(*lists[2:], strict=True)]
    records = [RecordKey(*one) for one in zip(sources, keys, strict=True)]
    held = await info.context.records.load_many(records)
    return [
        None if record is None or answer.purpose not in record.answers
        else record.answers[answer.purpose].outcome(answer)
        for record, answer in zip(held, answers, strict=True)
    ]  # fmt: skip


def _answer(purpose: str, status: str, at: str, claimed_at: str, stamp: str) -> Consent:
    if status not in RESTRICTION:
        raise Invalid("there is no such status of a consent", code="FIELD_TYPE")
    answered = cast("ConsentStatus", status)
    return Consent(purpose, answered, int(at), stamp, claimed_at=int(claimed_at))
