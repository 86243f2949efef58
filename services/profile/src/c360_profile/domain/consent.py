"""Consents: what a person allowed, per source record and purpose, and over a customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from c360_kernel.payload import NO_TERMS, ConsentStatus, ConsentTerms
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms
from c360_kernel.value_object import value_object

RESTRICTION: Mapping[ConsentStatus, int] = {
    "granted": 0,
    "expired": 1,
    "denied": 2,
    "withdrawn": 3,
}
"""How much a status forbids; the greater wins wherever two meet."""
_GRANTED: ConsentStatus = "granted"
_LATE_MS = 48 * 3_600_000
"""What arrives later than this after its own time may have been timed by any clock."""
_NEVER = 2**63
_ID_BYTES = 16


@value_object
class Consent:
    """An answer about one purpose of one record. `at` is ms UTC.

    Of one whose sender's clock was ahead `at` is when it arrived, and `claimed_at` what was said
    (else 0). `supersedes` are the stamps of answers on other records that a grant replaces.
    """

    purpose: str
    status: ConsentStatus
    at: int
    stamp: str
    channel: str = ""
    claimed_at: int = 0
    terms: ConsentTerms = NO_TERMS
    supersedes: tuple[str, ...] = ()

    def outranks(self, other: Consent | None) -> bool:
        """True if this answer replaces the other: later, else more restrictive, else older.

        Of two grants the one that ends sooner is the more restrictive.
        """
        if other is None:
            return True
        mine, theirs = self._rank, other._rank
        return mine > theirs or (mine == theirs and self.stamp < other.stamp)

    @property
    def _rank(self) -> tuple[int, int, int]:
        return self.at, RESTRICTION[self.status], -(self.terms.expires_at or _NEVER)

    @property
    def is_late(self) -> bool:
        """Whether it arrived so long after its own time that nobody knows when it was given."""
        return stamp_ms(self.stamp) - self.at > _LATE_MS

    @property
    def is_far_ahead(self) -> bool:
        """Whether its clock was so far ahead that it may have waited as long, and nobody knows."""
        return self.claimed_at - stamp_ms(self.stamp) > _LATE_MS

    @property
    def id(self) -> str:
        """Names the answer for ever, and tells nothing of it."""
        return hashlib.blake2b(self.stamp.encode(), digest_size=_ID_BYTES).hexdigest()

    def at_present(self, present: int) -> Consent:
        """The answer once it is `present` (ms UTC): a grant is over when its term is.

        A grant that arrives after its end never holds.
        """
        end = self.terms.expires_at
        if self.status != _GRANTED or not end or end > max(present, stamp_ms(self.stamp)):
            return self
        return replace(self, status="expired")


class Given(NamedTuple):
    """An answer and the record that it was given on."""

    record: RecordKey
    consent: Consent

    @property
    def name(self) -> str:
        """Names what was said: sent again it is the same."""
        c = self.consent
        said = (c.purpose, c.status, c.at, c.claimed_at, c.channel, *c.terms, *c.supersedes)
        return hashlib.blake2b(repr(said).encode(), digest_size=_ID_BYTES).hexdigest()


Outcome = Literal["APPLIED", "DUPLICATE", "OUTDATED"]
"""What an answer came to: it decides, it says what was said before, or others outrank it."""


class Answers(NamedTuple):
    """The answers about one purpose of one record that can still decide.

    When a clamped grant was given nobody knows. So it counts only until a withdrawal arrives,
    whatever time that names; and from its first arrival, so that sending it again revives nothing.
    Of several the one with the latest claim counts. One whose clock was far ahead may have waited
    for long, as a late grant: it counts only where no withdrawal is known that arrived in time, and
    where there is no other.

    When a late grant was given nobody knows either: it may have waited at a clock that was ahead.
    So it counts only where no withdrawal is known that arrived in time. `superseded` are the stamps
    of all answers on other records that any grant here replaces.
    """

    dated: Consent | None = None
    clamped_grant: Consent | None = None
    last_withdrawal: Consent | None = None
    late_grant: Consent | None = None
    prompt_withdrawal: Consent | None = None
    superseded: tuple[str, ...] = ()

    @classmethod
    def of(cls, known: Iterable[Consent | None], superseded: Iterable[str]) -> Answers:
        """The answers as they are kept: those that are known in the order of the fields."""
        dated, clamped, last, late, prompt = known
        return cls(dated, clamped, last, late, prompt, tuple(superseded))

    def after(self, answer: Consent) -> Answers:
        """What can decide once `answer` is known too, in whatever order answers come."""
        if answer.supersedes:
            stamps = tuple(sorted({*self.superseded, *answer.supersedes}))
            return self._replace(superseded=stamps).after(replace(answer, supersedes=()))
        if answer.status == _GRANTED and answer.claimed_at:
            return self._replace(clamped_grant=_later_claimed(answer, self.clamped_grant))
        if answer.status == _GRANTED and answer.is_late:
            kept = answer if answer.outranks(self.late_grant) else self.late_grant
            return self._replace(late_grant=kept)
        dated = answer if answer.outranks(self.dated) else self.dated
        after = self._replace(dated=dated)
        return after._withdrawn(answer) if answer.status == "withdrawn" else after

    def _withdrawn(self, answer: Consent) -> Answers:
        after = self._replace(last_withdrawal=_later_stamped(answer, self.last_withdrawal))
        if answer.is_late:
            return after
        return after._replace(prompt_withdrawal=_later_stamped(answer, self.prompt_withdrawal))

    @property
    def held(self) -> Consent | None:
        """The answer that holds."""
        dated, grant, withdrawal = self._dated, self.clamped_grant, self.last_withdrawal
        if grant is None or (withdrawal is not None and withdrawal.stamp > grant.stamp):
            return dated
        if grant.is_far_ahead and self.prompt_withdrawal is not None:
            return dated
        return grant if grant.outranks(dated) else dated

    def at_present(self, present: int) -> Consent | None:
        """The answer that holds once it is `present`, with the answers that it replaces."""
        held = self.held
        if held is None:
            return None
        now = held.at_present(present)
        replaces = self.superseded and now.status == _GRANTED
        return replace(now, supersedes=self.superseded) if replaces else now

    @property
    def _dated(self) -> Consent | None:
        """The latest of those whose own times count."""
        late = self.late_grant
        if late is None or self.prompt_withdrawal is not None or not late.outranks(self.dated):
            return self.dated
        return late

    def outcome(self, answer: Consent) -> Outcome:
        """What an answer that is among what was taken came to."""
        if answer.stamp in self._deciding:
            return "APPLIED"
        # What a clock ahead said is dated by when it came: only its claim tells it is the same.
        others = (one for one in self.known if one.stamp != answer.stamp)
        answers = {(one.status, one.claimed_at or one.at) for one in others}
        mine = (answer.status, answer.claimed_at or answer.at)
        return "DUPLICATE" if mine in answers else "OUTDATED"

    @property
    def known(self) -> Sequence[Consent]:
        """The single answers."""
        known = (
            self.dated,
            self.clamped_grant,
            self.last_withdrawal,
            self.late_grant,
            self.prompt_withdrawal,
        )
        return [one for one in known if one is not None]

    @property
    def _deciding(self) -> set[str]:
        """The stamps of the answer that holds, and of a withdrawal that ended a grant."""
        grant, withdrawal = self.clamped_grant, self.last_withdrawal
        stamps = {self.held.stamp} if self.held else set[str]()
        if grant is None or withdrawal is None or withdrawal.stamp < grant.stamp:
            return stamps
        return stamps | {withdrawal.stamp} if grant.outranks(self._dated) else stamps


NO_ANSWERS = Answers()


def consents_at(given: Iterable[Consent], instant: int) -> Mapping[str, Consent]:
    """What held of one record by an instant (ms UTC, inclusive), by purpose; of all its answers."""
    answers: dict[str, Answers] = {}
    for one in given:
        if one.at <= instant:
            answers[one.purpose] = answers.get(one.purpose, NO_ANSWERS).after(one)
    held = ((purpose, one.at_present(instant)) for purpose, one in answers.items())
    return {purpose: consent for purpose, consent in held if consent is not None}


def _later_stamped(answer: Consent, other: Consent | None) -> Consent:
    return answer if other is None or answer.stamp > other.stamp else other


def _later_claimed(grant: Consent, other: Consent | None) -> Consent:
    if other is not None and grant.is_far_ahead != other.is_far_ahead:
        # What may have waited stands in nobody's way, however late its claim is.
        return other if grant.is_far_ahead else grant
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

    What a grant of today supersedes does not count: the person was asked again, as one. Of
    equally restrictive answers the latest is named, then the smallest record key.
    """
    given = [CustomerConsent(one, record) for record, answers in consents for one in answers]
    superseded = {(one.purpose, stamp) for one, _ in given for stamp in one.supersedes}
    held: dict[str, CustomerConsent] = {}
    for offered in given:
        purpose = offered.consent.purpose
        if superseded and (purpose, offered.consent.stamp) in superseded:
            continue
        current = held.get(purpose)
        if current is None or _forbids_more(offered, current):
            held[purpose] = offered
    return tuple(held[purpose] for purpose in sorted(held))


def _forbids_more(offered: CustomerConsent, current: CustomerConsent) -> bool:
    mine = (RESTRICTION[offered.consent.status], offered.consent.at)
    theirs = (RESTRICTION[current.consent.status], current.consent.at)
    return mine > theirs or (mine == theirs and offered.record < current.record)


def newest_first(given: Iterable[Given]) -> Sequence[Given]:
    """Answers by when they were given, then by when they arrived."""
    return sorted(given, key=lambda one: (one.consent.at, one.consent.stamp), reverse=True)
