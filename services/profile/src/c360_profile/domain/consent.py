"""Consents: what a person allowed, per source record and purpose, and over a customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.payload import ConsentStatus
from c360_kernel.record import RecordKey

RESTRICTION: Mapping[ConsentStatus, int] = {"granted": 0, "denied": 1, "withdrawn": 2}
"""How much a status forbids; the greater wins wherever two meet."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The answer that holds for one purpose of one record. `at` is ms UTC."""

    purpose: str
    status: ConsentStatus
    at: int
    stamp: str
    channel: str = ""

    def outranks(self, other: Consent | None) -> bool:
        """True if this answer replaces the other: later, else more restrictive, else older."""
        if other is None:
            return True
        mine = (self.at, RESTRICTION[self.status])
        theirs = (other.at, RESTRICTION[other.status])
        return mine > theirs or (mine == theirs and self.stamp < other.stamp)


class CustomerConsent(NamedTuple):
    """The answer that holds for a customer, and the record it was given on."""

    consent: Consent
    record: RecordKey


def most_restrictive(
    consents: Iterable[tuple[RecordKey, Iterable[Consent]]],
) -> tuple[CustomerConsent, ...]:
    """One answer a purpose, by purpose: the most restrictive over all records.

    Of equally restrictive answers the latest is named, then the smallest record key.
    """
    held: dict[str, CustomerConsent] = {}
    for record, answers in consents:
        for answer in answers:
            offered = CustomerConsent(answer, record)
            current = held.get(answer.purpose)
            if current is None or _forbids_more(offered, current):
                held[answer.purpose] = offered
    return tuple(held[purpose] for purpose in sorted(held))


def _forbids_more(offered: CustomerConsent, current: CustomerConsent) -> bool:
    mine = (RESTRICTION[offered.consent.status], offered.consent.at)
    theirs = (RESTRICTION[current.consent.status], current.consent.at)
    return mine > theirs or (mine == theirs and offered.record < current.record)
