"""Consents: what a person allowed, per source record and purpose, and over a customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from c360_kernel.payload import ConsentStatus
from c360_kernel.record import RecordKey

RESTRICTION: Mapping[ConsentStatus, int] = {"granted": 0, "denied": 1, "withdrawn": 2}
"""How much a status forbids; the greater wins wherever two meet."""


@dataclass(frozen=True, slots=True)
class Consent:
    """An answer about one purpose of one record. `at` is ms UTC.

    Of one whose sender's clock was ahead `at` is when it arrived, and `claimed_at` what was said
    (else 0).
    """

    purpose: str
    status: ConsentStatus
    at: int
    stamp: str
    channel: str = ""
    claimed_at: int = 0

    def outranks(self, other: Consent | None) -> bool:
        """True if this answer replaces the other: later, else more restrictive, else older."""
        if other is None:
            return True
        mine = (self.at, RESTRICTION[self.status])
        theirs = (other.at, RESTRICTION[other.status])
        return mine > theirs or (mine == theirs and self.stamp < other.stamp)


Outcome = Literal["APPLIED", "DUPLICATE", "OUTDATED"]
"""What an answer came to: it decides, it says what was said before, or others outrank it."""


class Answers(NamedTuple):
    """The answers about one purpose of one record that can still decide.

    When a clamped grant was given nobody knows. So it counts only until a withdrawal arrives,
    whatever time that names; and from its first arrival, so that sending it again revives nothing.
    Of several the one with the latest claim counts.
    """

    dated: Consent | None = None
    clamped_grant: Consent | None = None
    last_withdrawal: Consent | None = None

    def after(self, answer: Consent) -> Answers:
        """What can decide once `answer` is known too, in whatever order answers come."""
        dated, grant, withdrawal = self
        if answer.status == "granted" and answer.claimed_at:
            return Answers(dated, _later_claimed(answer, grant), withdrawal)
        if answer.status == "withdrawn":
            withdrawal = _later_stamped(answer, withdrawal)
        return Answers(answer if answer.outranks(dated) else dated, grant, withdrawal)

    @property
    def held(self) -> Consent | None:
        """The answer that holds."""
        dated, grant, withdrawal = self
        if grant is None or (withdrawal is not None and withdrawal.stamp > grant.stamp):
            return dated
        return grant if grant.outranks(dated) else dated

    def outcome(self, answer: Consent) -> Outcome:
        """What an answer that is among what was taken came to."""
        if answer.stamp in self._deciding:
            return "APPLIED"
        # What a clock ahead said is dated by when it came: only its claim tells it is the same.
        others = (one for one in self if one is not None and one.stamp != answer.stamp)
        answers = {(one.status, one.claimed_at or one.at) for one in others}
        mine = (answer.status, answer.claimed_at or answer.at)
        return "DUPLICATE" if mine in answers else "OUTDATED"

    @property
    def _deciding(self) -> set[str]:
        """The stamps of the answer that holds, and of a withdrawal that ended a grant."""
        dated, grant, withdrawal = self
        stamps = {self.held.stamp} if self.held else set[str]()
        if grant is None or withdrawal is None or withdrawal.stamp < grant.stamp:
            return stamps
        return stamps | {withdrawal.stamp} if grant.outranks(dated) else stamps


def _later_stamped(answer: Consent, other: Consent | None) -> Consent:
    return answer if other is None or answer.stamp > other.stamp else other


def _later_claimed(grant: Consent, other: Consent | None) -> Consent:
    if other is None or grant.claimed_at != other.claimed_at:
        return grant if other is None or grant.claimed_at > other.claimed_at else other
    return grant if grant.stamp < other.stamp else other


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
